"""One request over TLS; or a server started, asked until it answers, and ended.

    client.py CERTIFICATE HOST:PORT                    < request    the status, then the body
    client.py CERTIFICATE HOST:PORT COMMAND [ARG..]    < request    milliseconds from the start to the first good answer

The request, with its token, comes through stdin, as HTTP writes it. Python's own library and nothing else.
"""

import http.client
import ssl
import subprocess
import sys
import time

GIVE_UP_SECONDS = 60


def ask(context, address, request):
    head, _, body = request.partition("\n\n")
    first, *lines = head.split("\n")
    method, target = first.split(" ")
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPSConnection(host, int(port), timeout=300, context=context)
    try:
        connection.request(method, target, body.encode() or None, dict(line.split(": ", 1) for line in lines))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def first_answer(context, address, request, command):
    """Milliseconds. Another program's sleep and handshake are part of it: some 3 ms, for either server."""
    start = time.monotonic()
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                status, _ = ask(context, address, request)
            except (OSError, http.client.HTTPException):
                status = None
            took = time.monotonic() - start
            if status == 200:
                return took * 1000
            if took > GIVE_UP_SECONDS or server.poll() is not None:
                sys.exit(f"no good answer after {took:.1f} s; the last was {status}")
            time.sleep(0.001)
    finally:
        server.terminate()
        server.wait()


def main():
    certificate, address, *command = sys.argv[1:]
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    request = sys.stdin.read()
    if command:
        print(f"{first_answer(context, address, request, command):.1f}")
    else:
        status, body = ask(context, address, request)
        print(status)
        print(body)


main()
