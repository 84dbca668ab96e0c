// Runs in a contender's page. `benchWatch(selector)` begins to watch for the reply that comes next, once a
// frame, as eyes do; `benchSeen()` ends it and returns what was seen. Times are of performance.now(), in ms.
(() => {
  let watch = null;
  let mark = { count: 0, last: null };

  const look = (selector) => {
    const replies = document.querySelectorAll(selector);
    return { count: replies.length, last: replies[replies.length - 1] ?? null };
  };

  // One more than at the mark, or another one last: a page may take old replies off as new ones come, and a page may
  // also make all of its nodes anew.
  const isNew = ({ count, last }) => count > mark.count || (last !== mark.last && !!mark.last?.isConnected);

  window.benchMark = (selector) => {
    mark = look(selector);
  };

  window.benchReply = (selector) => {
    const now = look(selector);
    return { isNew: isNew(now), length: now.last ? now.last.textContent.trim().length : 0 };
  };

  window.benchWatch = (selector) => {
    mark = look(selector);
    const mine = { enter: null, samples: [] };
    watch = mine;
    let reply = null;
    let shown = '';
    const frame = () => {
      if (watch !== mine) return;
      // Asking the document only while the reply is unknown keeps the watcher itself cheap on long pages.
      if (!reply || !reply.isConnected) {
        const now = look(selector);
        reply = isNew(now) ? now.last : null;
      }
      // The text, not its length: two asterisks that turn into bold letters are a change, too.
      const text = reply ? reply.textContent.trim() : '';
      if (text !== shown) {
        shown = text;
        mine.samples.push([performance.now(), text.length]);
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
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
