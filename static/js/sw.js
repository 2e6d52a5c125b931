// Shows what a brand's page says while no page of ours is open, and leads to the lobby. It keeps and changes nothing.

self.addEventListener("push", (event) => {
  const note = event.data?.json() ?? {};
  event.waitUntil(self.registration.showNotification(note.title ?? "Chatmarket", {
    body: note.body,
    tag: note.tag,
    lang: note.language,
    icon: "/static/img/logo.svg",
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(toLobby());
});

async function toLobby() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === "/lobby");
  return open ? open.focus() : self.clients.openWindow("/lobby");
}
