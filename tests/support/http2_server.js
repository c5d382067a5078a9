// An HTTP/2 server of another make than our client (Node's nghttp2): says what it got.
// node http2_server.js [CERTIFICATE KEY]  -> `listening on PORT`
const http2 = require('http2'), fs = require('fs');
const [certificate, key] = process.argv.slice(2);
const server = certificate
  ? http2.createSecureServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key), allowHTTP1: false })
  : http2.createServer();
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  const path = headers[':path'];
  if (path === '/reset') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  let size = 0, first = '';
  stream.on('data', (part) => { size += part.length; first = (first + part).slice(0, 20); });
  stream.on('end', () => {
    if (path === '/big') { stream.respond({ ':status': 200 }); return stream.end(Buffer.alloc(3000000, 'x')); }
    if (path === '/away') { stream.respond({ ':status': 200, 'content-type': 'application/json' }); stream.end('{}'); return stream.session.close(); }
    stream.respond({ ':status': headers[':method'] === 'POST' ? 201 : 200, 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
    stream.end(JSON.stringify({ method: headers[':method'], authority: headers[':authority'], path, size, first, x: headers['x-test'] }));
  });
});
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
