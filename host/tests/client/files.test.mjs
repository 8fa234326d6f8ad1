// The whole life of a file through @strapi/client, on every provider.

import assert from "node:assert/strict";
import { test } from "node:test";

import { strapi } from "@strapi/client";

import { host } from "./host.mjs";

const SEEN = [
  "id", "documentId", "name", "alternativeText", "caption", "focalPoint", "width", "height", "formats", "hash", "ext",
  "mime", "size", "url", "previewUrl", "provider", "provider_metadata", "createdAt", "updatedAt", "publishedAt",
  "isUrlSigned",
];

for (const provider of ["local", "aws-s3", "aws-s3-private"]) {
  const isPrivate = provider === "aws-s3-private";

  test(`a file lives on ${provider}`, async (t) => {
    const longshore = await host(t, provider);
    const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
    const read = async (file) => {
      const answer = await fetch(new URL(file.url, longshore.base));
      return { status: answer.status, text: await answer.text() };
    };

    // Each of the ways to hand a file over.
    const [buffer] = await client.files.upload(Buffer.from("from a buffer"), {
      filename: "Größe & Maß.txt",
      mimetype: "text/plain",
      fileInfo: { name: "shown.txt", alternativeText: "alt", caption: "cap" },
    });
    const [blob] = await client.files.upload(new Blob(["from a blob"], { type: "text/plain" }));
    const [file] = await client.files.upload(new File(["from a file"], "avatar.txt", { type: "text/plain" }), {
      fileInfo: { caption: "of a file" },
    });
    assert.deepEqual(Object.keys(buffer), SEEN);
    assert.equal(buffer.name, "shown.txt");
    assert.equal(buffer.alternativeText, "alt");
    assert.match(buffer.hash, /^shown_[0-9a-f]{10}$/);
    assert.equal(buffer.size, 0.01);
    assert.equal(blob.name, "blob");
    assert.equal(file.caption, "of a file");
    for (const [uploaded, text] of [[buffer, "from a buffer"], [blob, "from a blob"], [file, "from a file"]]) {
      assert.equal(uploaded.provider, provider);
      assert.equal(uploaded.isUrlSigned, isPrivate);
      assert.deepEqual(await read(uploaded), { status: 200, text });
    }

    // Finding.
    assert.deepEqual((await client.files.find()).map((found) => found.id), [buffer.id, blob.id, file.id]);
    const filtered = await client.files.find({
      filters: { mime: { $contains: "text" }, name: { $contains: "avatar" } },
      sort: ["name:asc"],
    });
    assert.deepEqual(filtered.map((found) => found.name), ["avatar.txt"]);
    const sorted = await client.files.find({ sort: "name:desc" });
    assert.deepEqual(sorted.map((found) => found.name), ["shown.txt", "blob", "avatar.txt"]);
    const among = await client.files.find({ filters: { id: { $in: [blob.id, file.id] } } });
    assert.equal(among.length, 2);
    const one = await client.files.findOne(file.id);
    assert.equal(one.documentId, file.documentId);
    assert.deepEqual(await read(one), { status: 200, text: "from a file" });
    const page = await (await client.fetch("/upload/files/page?pagination[pageSize]=2&sort=id")).json();
    assert.deepEqual(page.meta.pagination, { page: 1, pageSize: 2, pageCount: 2, total: 3 });

    // Changing and removing.
    const updated = await client.files.update(file.id, { name: "renamed.txt", alternativeText: "new" });
    assert.deepEqual([updated.name, updated.alternativeText, updated.caption], ["renamed.txt", "new", "of a file"]);
    assert.equal(updated.hash, file.hash);
    const deleted = await client.files.delete(file.id);
    assert.equal(deleted.id, file.id);
    // S3 does not tell somebody without a signature whether a key is missing.
    assert.equal((await read(one)).status, provider === "aws-s3" ? 403 : 404);
    await assert.rejects(client.files.findOne(file.id), { name: "FileNotFoundError" });
  });

  test(`a large file with a name of its own flows to ${provider}`, async (t) => {
    const longshore = await host(t, provider);
    const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
    const bytes = Buffer.alloc(24 * 1024 * 1024, "0123456789abcdef");
    const [file] = await client.files.upload(bytes, {
      filename: "raw.bin",
      mimetype: "application/octet-stream",
      fileInfo: { name: "Called otherwise.bin", caption: "large" },
    });
    assert.deepEqual([file.name, file.caption, file.size], ["Called otherwise.bin", "large", 25165.82]);
    assert.match(file.hash, /^raw_/);
    const answer = await fetch(new URL(file.url, longshore.base));
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
  });
}

test("a private file is read by its signed URL alone", async (t) => {
  const longshore = await host(t, "aws-s3-private");
  const client = strapi({ baseURL: longshore.baseURL, auth: longshore.token });
  const [file] = await client.files.upload(Buffer.from("secret"), { filename: "s.txt", mimetype: "text/plain" });
  assert.match(file.url, /X-Amz-Signature=/);
  assert.equal((await fetch(file.url)).status, 200);
  assert.equal((await fetch(file.url.split("?")[0])).status, 403);
});
