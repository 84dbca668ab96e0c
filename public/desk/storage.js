// Where a browser blocks storage, touching it throws, and Chainlit's page would stay blank: memory stands in.
(() => {
  const standIn = () => {
    const kept = new Map();
    return {
      standIn: true,
      get length() {
        return kept.size;
      },
      key: (place) => [...kept.keys()][place] ?? null,
      getItem: (key) => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear()
    };
  };

  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].setItem("desk", "1");
    } catch {
      Object.defineProperty(window, name, { value: standIn(), configurable: true });
    }
  }
})();
