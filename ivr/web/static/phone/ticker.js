// A clock that browsers do not slow down when the tab is out of sight.

let timer = setInterval(() => postMessage(0), 1000);

onmessage = ({ data }) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(0), data);
};
