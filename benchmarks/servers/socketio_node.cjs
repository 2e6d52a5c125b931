// The peer socket.io on Node, with its Redis adapter; WebSocket transport only, no compression (its default).
// node socketio_node.cjs --port N --redis URL [--announce TEXT]      (NODE_PATH names the folder of its packages)
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");

const word = (name) => process.argv[process.argv.indexOf(name) + 1];

async function main() {
  const publishing = createClient({ url: word("--redis") });
  const hearing = publishing.duplicate();
  await Promise.all([publishing.connect(), hearing.connect()]);
  const web = createServer();
  const io = new Server(web, { transports: ["websocket"], adapter: createAdapter(publishing, hearing) });
  if (process.argv.includes("--announce")) {
    io.to("offers").emit("offer", JSON.parse(word("--announce")));
    setTimeout(() => process.exit(0), 300);
    return;
  }
  io.on("connection", (socket) => {
    const room = String(socket.handshake.query.room);
    socket.join(room);
    socket.on("say", (heard, acknowledge) => {
      io.to(room).emit("message", { ...heard, type: "message" });
      acknowledge({ type: "ack", cid: heard.cid });
    });
  });
  web.listen({ port: Number(word("--port")), host: "127.0.0.1", backlog: 2048 });
}

main();
