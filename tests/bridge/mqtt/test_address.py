"""Addresses of brokers, as they stand in a site file."""

import pytest

from crosspatch.mqtt.address import Address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker.example:1884", Address("broker.example", 1884)),
        ("mqtt://10.0.0.1", Address("10.0.0.1", 1883)),
        ("mqtt://[::1]:1883/", Address("::1", 1883)),
    ],
)
def test_a_url_names_host_and_port(url: str, address: Address) -> None:
    assert Address.from_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "broker:1883",
        "http://broker",
        "mqtt://",
        "mqtt://host:port",
        "mqtt://host:70000",
        "mqtt://u@host",
        "mqtt://h/t",
        "mqtt://" + "a" * 64,
    ],
)
def test_what_is_no_address_is_refused_and_named(url: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        Address.from_url(url)


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ("127.0.0.1:1883", "[::1]:1883"):
        assert str(Address.from_text(text)) == text
