// What the client makes of each refusal.

import assert from "node:assert/strict";
import { test } from "node:test";

import { strapi } from "@strapi/client";

import { host } from "./host.mjs";

const text = { filename: "a.txt", mimetype: "text/plain" };

test("each refusal is the error that the client has for it", async (t) => {
  const longshore = await host(t, "local", { config: "sizeLimit = 1000" });
  const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
  await assert.rejects(client.files.findOne(4711), { name: "FileNotFoundError" });
  await assert.rejects(client.files.update(4711, { name: "x" }), { name: "FileNotFoundError" });
  await assert.rejects(client.files.delete(4711), { name: "FileNotFoundError" });
  await assert.rejects(client.files.find({ filters: { nope: 1 } }), { name: "HTTPBadRequestError" });
  await assert.rejects(client.files.upload(Buffer.alloc(1001, "x"), text), (error) => error.response?.status === 413);
  await assert.rejects(client.files.upload(Buffer.from("")), /filename/i);
  await assert.rejects(client.files.upload(Buffer.alloc(0), text), (error) => error.response?.status === 400);
  assert.deepEqual(await client.files.find(), []);
});

test("a wrong token is unauthorised, a narrow one is forbidden", async (t) => {
  const longshore = await host(t, "local", { allow: "find,findOne" });
  const wrong = strapi({ baseURL: longshore.baseURL, auth: "wrong" });
  await assert.rejects(wrong.files.find(), (error) => error.response?.status === 401);
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
