// Adds this browser to those that take an expert's notifications, or takes it off.

const section = document.getElementById("browser");
const [add, drop] = ["browser-add", "browser-drop"].map((id) => document.getElementById(id));
const [refused, cannot] = ["browser-refused", "browser-cannot"].map((id) => document.getElementById(id));

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function written(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function post(path, fields = {}) {
  const csrf = document.querySelector("meta[name=csrf]").content;
  return fetch(path, { method: "POST", body: new URLSearchParams({ csrf, ...fields }) });
}

async function subscribe() {
  const worker = await navigator.serviceWorker.register("/static/js/sw.js");
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  await active(worker);
  const old = await worker.pushManager.getSubscription();
  await old?.unsubscribe(); // it may be for a key that is gone
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(section.dataset.key) });
  const [endpoint, publicKey, secret] = [made.endpoint, written(made.getKey("p256dh")), written(made.getKey("auth"))];
  const answer = await post("/reach/browser", { endpoint, public: publicKey, secret });
  if (!answer.ok) throw new Error(`refused: ${answer.status}`);
}

// A worker subscribes only once it is active; its scope is its own folder, so no page of ours waits for it.
async function active(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return;
  await new Promise((done) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && done());
  });
}

async function unsubscribe() {
  const worker = await navigator.serviceWorker.getRegistration("/static/js/sw.js");
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
  await post("/reach/browser/drop");
}

async function press(deed) {
  refused.hidden = true;
  try {
    await deed();
    location.reload();
  } catch (error) {
    console.warn("no notifications", error.name, error.message);
    refused.hidden = false;
  }
}

if (section && "serviceWorker" in navigator && "PushManager" in window) {
  cannot.hidden = true;
  add.hidden = false;
  drop.hidden = section.dataset.here !== "yes";
  add.addEventListener("click", () => press(subscribe));
  drop.addEventListener("click", () => press(unsubscribe));
}
