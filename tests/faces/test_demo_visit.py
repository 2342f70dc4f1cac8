"""The demo's visitor, who goes through the customer's pages as a person does: waits, follows a link, sees
that a page refuses.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tsuzuki.cli.demo.visit import Visitor

WAITING = (
    "<p>We are asking the payment service. This page looks again by itself.</p><a "
    "href=/other>Another way to pay</a>"
)


class Site(BaseHTTPRequestHandler):
    """/order: the gateway's page is there from the third look on; /gateway/: that page; anything sent to
    /order is refused.
    """

    looks = 0

    def do_GET(self):
        if self.path == "/order":
            type(self).looks += 1
        there = self.looks > 2 and self.path == "/order"
        self.answer(200, f'<a class="go" href="{self.gateway}pay_1">Pay</a>' if there else WAITING)

    def do_POST(self):
        self.answer(403, "no")

    @property
    def gateway(self):
        return f"http://127.0.0.1:{self.server.server_port}/gateway/"

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said):
        """Nobody reads it."""


@pytest.fixture
def site():
    handler = type("OneSite", (Site,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_visitor_waits_for_the_gateways_page_and_goes_there_by_the_link(site):
    mei = Visitor("zh-CN")
    mei.load(f"{site}/order")
    assert [mei.reaches(f"{site}/gateway/") for _ in range(3)] == [False, False, True]
    assert mei.url == f"{site}/gateway/pay_1"
    assert mei.reaches(f"{site}/gateway/"), "who is there stays there"


def test_a_page_that_refuses_is_no_step_taken(site):
    mei = Visitor("zh-CN")
    mei.load(f"{site}/order")
    with pytest.raises(RuntimeError, match="403"):
        mei.load(f"{site}/order", "behaviour=accept")
