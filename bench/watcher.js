// Runs in a contender's page. `benchWatch(selector)` begins to watch for the reply that comes next, once a
// frame, as eyes do; `benchSeen()` ends it and returns what was seen. Times are of performance.now(), in ms.
(() => {
  let watch = null;

  window.benchReplies = (selector) => {
    const replies = document.querySelectorAll(selector);
    const last = replies[replies.length - 1];
    return { count: replies.length, length: last ? last.textContent.trim().length : 0 };
  };

  window.benchWatch = (selector) => {
    const before = document.querySelectorAll(selector).length;
    const mine = { enter: null, samples: [] };
    watch = mine;
    let reply = null;
    let shown = 0;
    const look = () => {
      if (watch !== mine) return;
      // Asking the document only while the reply is unknown keeps the watcher itself cheap on long pages.
      if (!reply || !reply.isConnected) {
        const replies = document.querySelectorAll(selector);
        reply = replies.length > before ? replies[replies.length - 1] : null;
      }
      const length = reply ? reply.textContent.trim().length : 0;
      if (length !== shown) {
        shown = length;
        mine.samples.push([performance.now(), length]);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };

  window.benchSeen = () => {
    const seen = watch;
    watch = null;
    return seen;
  };

  addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Enter' && watch && watch.enter === null) watch.enter = event.timeStamp;
    },
    true,
  );
})();
