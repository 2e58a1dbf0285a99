#!/bin/sh
# node: objects, buffers, compression, and worker threads that come and go.
# needs: node
set -eu
cat >"$1/program.js" <<'JS'
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
const zlib = require('zlib');
const work = n => {
  const map = new Map();
  for (let i = 0; i < 60000; i++) map.set('key' + i * n, { i, text: 'x'.repeat(i % 50) });
  const packed = zlib.deflateSync(Buffer.from(JSON.stringify([...map.values()])));
  return zlib.inflateSync(packed).length;
};
if (isMainThread) {
  const all = [];
  for (let n = 1; n <= 6; n++) all.push(new Promise((done, failed) => {
    const worker = new Worker(__filename, { workerData: n });
    worker.on('message', done); worker.on('error', failed);
  }));
  Promise.all(all).then(sizes => console.log(sizes.join(' '), work(1)));
} else parentPort.postMessage(work(workerData));
JS
node "$1/program.js"
