// A clock for a hidden page: there, browsers run a page's own timers at most
// once a second, but not a worker's.
onmessage = ({ data: milliseconds }) => {
  setInterval(() => postMessage("tick"), milliseconds);
};
