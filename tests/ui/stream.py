"""A page of the running application, run as a browser has it run: over the stream of messages."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.sync.client import connect

PATIENCE_S = 120


def run_page(url: str, cookie: str, page: str, numbers: Mapping[str, int]) -> list[ForwardMsg]:
    """Run one page to its end; what came of it."""
    address = url.replace("http", "ws") + "/_stcore/stream"
    told = []
    with connect(address, origin=url, additional_headers={"Cookie": cookie}, max_size=None) as socket:
        wish = BackMsg()
        wish.rerun_script.query_string = "&".join(f"{name}={number}" for name, number in numbers.items())
        wish.rerun_script.page_name = page
        wish.rerun_script.page_script_hash = calc_hash(page) if page else ""
        socket.send(wish.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=PATIENCE_S))
            told.append(message)
            assert message.delta.new_element.WhichOneof("type") != "exception", message
            if message.WhichOneof("type") == "script_finished":
                return told
