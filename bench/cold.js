// Runs in every document of a page that is opened cold, before any script of its own. Once a frame it looks, as eyes
// do, for a text box that could be typed in, then for what was typed, then for the beginning of the reply, and tells
// each: window.benchTell({ kind, at, origin }). Times are milliseconds of one clock for all documents.
((wanted) => {
  const now = () => performance.timeOrigin + performance.now();
  const even = (text) => text.replace(/\s+/g, ' ').trim();

  const at = (box) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2, width, height };
  };

  // What lies at its middle is the box itself: it is not covered, not inert, not invisible.
  const usable = (box) => {
    if (box.disabled || box.readOnly || !box.checkVisibility({ opacityProperty: true })) return false;
    const { x, y, width, height } = at(box);
    return width > 0 && height > 0 && document.elementFromPoint(x, y) === box;
  };

  const boxes = () => [...document.querySelectorAll(wanted.box)].filter(usable);
  const shows = (text) => text !== '' && wanted.reply.startsWith(text.slice(0, wanted.reply.length));
  // A page may put a cursor behind the words that are there so far.
  const words = (reply) => even(reply.textContent).replace(/[^\p{L}\p{N}\p{P}]+$/u, '');

  const tell = (kind) => window.benchTell({ kind, at: now(), origin: performance.timeOrigin });
  // What a frame draws is on the screen by the next one.
  const drawn = (kind) => requestAnimationFrame(() => tell(kind));

  const steps = [
    () => {
      const found = boxes().length > 0;
      if (found) tell('box');
      return found;
    },
    () => {
      const typed = boxes().some((box) => box.value !== '');
      if (typed) drawn('typed');
      return typed;
    },
    () => {
      const replied = [...document.querySelectorAll(wanted.replies)].some((reply) => shows(words(reply)));
      if (replied) drawn('words');
      return replied;
    },
  ];

  const look = () => {
    if (steps[0]()) steps.shift();
    if (steps.length) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);

  window.benchBox = () => {
    const [box] = boxes();
    return box ? { ...at(box), text: box.value } : null;
  };
  addEventListener('click', () => tell('click'), true);
  addEventListener('keydown', ({ key }) => key === 'Enter' && tell('enter'), true);
})
