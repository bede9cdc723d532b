// A clock for a page that is hidden: there, browsers let a timer of the page's
// own run once a second at most, but not a worker's.
onmessage = ({ data: milliseconds }) => {
  setInterval(() => postMessage("tick"), milliseconds);
};
