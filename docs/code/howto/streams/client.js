const source = new EventSource("/ticks/"); // { withCredentials: true } for another origin with cookies
source.addEventListener("tick", (event) => console.log(JSON.parse(event.data).n));
source.addEventListener("error", (event) => {
  if (event.data) console.log("the iterator failed", JSON.parse(event.data));
  // otherwise the connection broke, and the browser connects again by itself
});
