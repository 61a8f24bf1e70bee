"""The bench's lab with VRRP version 3 and adverts every 0.1 s (RFC 9568), derived from its lab file. Pure."""

import yaml

VERSION, ADVERT_INT = 3, 0.1


def derived(text: str) -> str:
    """Return the text of a lab file with its VRRP instances at version 3, under another name.

    Without passwords, which version 3 does not know (RFC 5798, section 1.4).
    """
    data = yaml.safe_load(text)
    data["lab"] += "-vrrp3"
    for each in data["vrrp_instances"]:
        each |= {"version": VERSION, "advert_int": ADVERT_INT}
        each.pop("auth_pass", None)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
