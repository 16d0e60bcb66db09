# A web server as PID 1. It starts nothing itself; its probes leave it orphans.
import http.server

http.server.ThreadingHTTPServer(("127.0.0.1", 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
