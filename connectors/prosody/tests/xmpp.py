"""A client of XMPP over WebSocket (RFC 7395), of as much as the live test needs: a browser cannot resume a stream from another address."""

import base64
import os
import re
import socket
import struct

SASL, BIND, SM = "urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-bind", "urn:xmpp:sm:3"


class Client:
    def __init__(self, source, port, domain, user, password, seconds):
        self.domain, self.text = domain, ""
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=seconds)
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /xmpp-websocket HTTP/1.1\r\nHost: {domain}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        while self.file.readline().strip():
            pass
        self.open()
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f'<auth xmlns="{SASL}" mechanism="PLAIN">{secret}</auth>')
        self.wait("<success")
        self.open()

    def open(self):
        self.send(f'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="{self.domain}" version="1.0"/>')
        self.wait("features>")

    def send(self, text):
        """Sends one frame, masked (RFC 6455, section 5.2)."""
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
        self.socket.sendall(b"\x81" + size + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(data)))

    def receive(self):
        _, size = self.file.read(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.file.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.file.read(8))
        self.text += self.file.read(size).decode()

    def wait(self, pattern):
        """Takes frames until their text has a pattern, and returns what it matched."""
        while not (found := re.search(pattern, self.text, re.DOTALL)):
            self.receive()
        self.text = self.text[found.end():]
        return found

    def bind(self, resource):
        """Binds a resource, and returns the id to resume the stream by."""
        self.send(f'<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="{BIND}"><resource>{resource}</resource></bind></iq>')
        self.wait("<jid>")
        self.send(f'<enable xmlns="{SM}" resume="true"/>')
        return self.wait("""<enabled [^>]*\\bid=['"]([^'"]+)""").group(1)

    def join(self, room, nick):
        """Asks to join a room; the answer is to be waited for."""
        self.send(f'<presence xmlns="jabber:client" to="{room}/{nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>')

    def say(self, room, text):
        self.send(f'<message xmlns="jabber:client" to="{room}" type="groupchat"><body>{text}</body></message>')

    def resume(self, previous):
        self.send(f'<resume xmlns="{SM}" previd="{previous}" h="0"/>')
        self.wait("<resumed")

    def drop(self):
        """Loses the connection, without an end of the stream."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.file.close()
        self.socket.close()
