// What the client makes of each refusal.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { strapi } from "@strapi/client";

import { host } from "./host.mjs";

const text = { filename: "a.txt", mimetype: "text/plain" };

/** Whether an error is of this class of the client's, for this status. */
function is(name, status) {
  return (error) => {
    assert.equal(error.name, name);
    assert.equal((error.response ?? error.cause?.response)?.status, status);
    return true;
  };
}

test("each refusal is the error that the client has for it", async (t) => {
  const longshore = await host(t, "local", { config: "sizeLimit = 1000" });
  const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
  await assert.rejects(client.files.findOne(4711), { name: "FileNotFoundError" });
  await assert.rejects(client.files.update(4711, { name: "x" }), { name: "FileNotFoundError" });
  await assert.rejects(client.files.delete(4711), { name: "FileNotFoundError" });
  await assert.rejects(client.files.find({ filters: { nope: 1 } }), { name: "HTTPBadRequestError" });
  await assert.rejects(client.files.upload(Buffer.alloc(1001, "x"), text), is("HTTPError", 413));
  await assert.rejects(client.files.upload(Buffer.from("")), /filename/i);
  await assert.rejects(client.files.upload(Buffer.alloc(0), text), is("HTTPBadRequestError", 400));
  assert.deepEqual(await client.files.find(), []);
});

test("a wrong token is unauthorised, a narrow one is forbidden", async (t) => {
  const longshore = await host(t, "local", { allow: "find,findOne" });
  const wrong = strapi({ baseURL: longshore.baseURL, auth: "wrong" });
  await assert.rejects(wrong.files.find(), is("HTTPAuthorizationError", 401));
  await assert.rejects(wrong.files.findOne(1), is("HTTPAuthorizationError", 401));
  await assert.rejects(wrong.files.upload(Buffer.from("x"), text), is("HTTPAuthorizationError", 401));
  const narrow = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
  assert.deepEqual(await narrow.files.find(), []);
  await assert.rejects(narrow.files.upload(Buffer.from("x"), text), (error) => error.response?.status === 403);
  await assert.rejects(narrow.files.delete(1), { name: "FileForbiddenError" });
});

test("nobody may do anything without a token, until the configuration says so", async (t) => {
  const closed = await host(t, "local");
  await assert.rejects(strapi({ baseURL: closed.baseURL }).files.find(), (error) => error.response?.status === 403);
  const open = await host(t, "local", { permissions: ["find"] });
  assert.deepEqual(await strapi({ baseURL: open.baseURL }).files.find(), []);
});

test("an upload that stops half-way is a time-out", async (t) => {
  const longshore = await host(t, "local", { server: "bodyTimeout = 1" });
  const client = strapi({ baseURL: await stopping(t, longshore.base, 1000), auth: longshore.token });
  await assert.rejects(client.files.upload(Buffer.alloc(100_000, "x"), text), is("HTTPTimeoutError", 408));
  assert.deepEqual(await client.files.find(), []);
});

test("a storage that fails is an internal error", async (t) => {
  const longshore = await host(t, "local");
  const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
  const [file] = await client.files.upload(Buffer.from("x"), text);
  rmSync(join(longshore.project, "public/uploads"), { recursive: true });
  await assert.rejects(client.files.upload(Buffer.from("y"), text), is("HTTPInternalServerError", 500));
  assert.deepEqual((await client.files.find()).map((found) => found.id), [file.id]);
});

/** A line to the host that takes no more than `bytes` of each connection's requests; `t.after` cuts it. */
async function stopping(t, base, bytes) {
  const { hostname, port } = new URL(base);
  const line = createServer((client) => {
    const server = connect(port, hostname);
    let left = bytes;
    client.on("data", (data) => {
      server.write(data.subarray(0, left));
      left -= Math.min(left, data.length);
    });
    server.pipe(client);
    for (const socket of [client, server]) {
      socket.on("error", () => {});
      socket.on("close", () => { client.destroy(); server.destroy(); });
      t.after(() => socket.destroy());
    }
  });
  await new Promise((resolve) => line.listen(0, "127.0.0.1", resolve));
  t.after(() => line.close());
  return `http://127.0.0.1:${line.address().port}/api`;
}
