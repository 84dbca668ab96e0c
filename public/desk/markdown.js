// As much of Markdown as models write, as nodes: never HTML. For the page before Chainlit is there.
(() => {
  const make = (name, ...inside) => {
    const node = document.createElement(name);
    node.append(...inside);
    return node;
  };

  const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+|mailto:[^\s)]+|tel:[^\s)]+)\)/;

  const link = (label, address) =>
    Object.assign(make("a", ...inline(label)), { href: address, target: "_blank", rel: "noopener noreferrer" });

  const inline = (text) => {
    const found = INLINE.exec(text);
    if (!found) return [text];
    const [all, code, strong, heavy, emphasis, label, address] = found;
    const node = code
      ? make("code", code)
      : strong || heavy
        ? make("strong", ...inline(strong || heavy))
        : emphasis
          ? make("em", ...inline(emphasis))
          : link(label, address);
    return [text.slice(0, found.index), node, ...inline(text.slice(found.index + all.length))];
  };

  const lines = (texts) => texts.flatMap((text, place) => (place ? ["\n", ...inline(text)] : inline(text)));

  const cells = (row, name) =>
    make("tr", ...row.replace(/^\s*\||\|\s*$/g, "").split("|").map((cell) => make(name, ...inline(cell.trim()))));
  const table = ([head, , ...rows]) =>
    make("div", make("table", make("thead", cells(head, "th")), make("tbody", ...rows.map((row) => cells(row, "td")))));

  const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+/;
  const list = (texts) => {
    const first = ITEM.exec(texts[0])[1];
    const items = [];
    for (const text of texts) {
      if (ITEM.test(text)) items.push([text.replace(ITEM, "")]);
      else items.at(-1).push(text.trim());
    }
    const node = make(first ? "ol" : "ul", ...items.map((item) => make("li", ...lines(item))));
    if (first) node.start = Number(first);
    return node;
  };

  // One block of lines, however it begins; the number of lines it takes.
  const block = (rest) => {
    const [line] = rest;
    const until = (stop) => {
      const end = rest.findIndex((text, place) => place > 0 && stop(text));
      return rest.slice(0, end < 0 ? rest.length : end);
    };
    if (!line.trim()) return [1];
    if (line.startsWith("```")) {
      const inside = until((text) => text.startsWith("```")).slice(1);
      return [inside.length + 2, make("pre", make("code", inside.join("\n")))];
    }
    const heading = /^(#{1,4})\s+(.*)/.exec(line);
    if (heading) return [1, make(`h${heading[1].length}`, ...inline(heading[2]))];
    if (/^\s*(?:-{3,}|\*{3,})\s*$/.test(line)) return [1, make("hr")];
    if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(?:\|.*)?$/.test(rest[1] ?? "") && rest[1].includes("|")) {
      const rows = until((text) => !text.includes("|"));
      return [rows.length, table(rows)];
    }
    if (ITEM.test(line)) {
      const items = until((text) => !text.trim() || (!ITEM.test(text) && !/^\s/.test(text)));
      return [items.length, list(items)];
    }
    const words = until((text) => !text.trim() || ITEM.test(text) || /^(?:```|#{1,4}\s)/.test(text));
    return [words.length, make("p", ...lines(words))];
  };

  window.demoDesk.markdown = (text) => {
    const made = document.createDocumentFragment();
    const rest = text.trim().split("\n");
    while (rest.length) {
      const [taken, node] = block(rest);
      rest.splice(0, taken);
      if (node) made.append(node);
    }
    return made;
  };
})();
