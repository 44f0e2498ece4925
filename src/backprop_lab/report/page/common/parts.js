// Parts of a page that are built anew: what they listen to ends with them.

let endings = null;

/** Do this when the part that is being built is built anew. */
function atEnd(end) {
  endings?.push(end);
}

/** Listen to an element that stays while the part that is being built is built anew. */
function listen(element, type, listener) {
  element.addEventListener(type, listener);
  atEnd(() => element.removeEventListener(type, listener));
}

/** A function that builds a part, and each time first ends what it built before; its `end` does only that. */
function rebuilding(build) {
  let before = [];
  const end = () => {
    before.forEach((one) => one());
    before = [];
  };
  atEnd(end);
  const begin = () => {
    end();
    const outer = endings;
    endings = [];
    build();
    [before, endings] = [endings, outer];
  };
  return Object.assign(begin, { end });
}
