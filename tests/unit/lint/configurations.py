"""A pair of keepalived.conf without any finding, and how tests change it."""

from lvslab.lint import Finding, lint
from lvslab.model.keepalived import parse

MASTER = """
global_defs {
    router_id director1
    enable_script_security
    script_user root
    lvs_sync_daemon eth1 VI_1 id 7
}

vrrp_script site {
    script "/usr/local/bin/site"
    interval 2
    fall 2
}

vrrp_script router {
    script "/usr/local/bin/router"
    interval 2
    weight 60
}

vrrp_sync_group VG_1 {
    group {
        VI_1
        VI_2
    }
}

vrrp_instance VI_1 {
    state MASTER
    interface eth1
    virtual_router_id 51
    version 2
    priority 150
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        site
    }
    virtual_ipaddress {
        10.0.0.41/24
    }
}

vrrp_instance VI_2 {
    state MASTER
    interface eth2
    virtual_router_id 52
    version 3
    priority 150
    advert_int 0.5
    unicast_src_ip 10.1.0.31
    unicast_peer {
        10.1.0.30
    }
    virtual_ipaddress {
        10.1.0.1/24
    }
}

vrrp_instance VI_3 {
    state BACKUP
    interface eth3
    virtual_router_id 53
    priority 150
    nopreempt
    virtual_ipaddress {
        10.2.0.1/24
    }
}

vrrp_instance VI_4 {
    state MASTER
    interface eth4
    virtual_router_id 54
    priority 150
    track_script {
        router
    }
    virtual_ipaddress {
        10.4.0.1/24
    }
}

virtual_server 10.0.0.41 80 {
    delay_loop 4
    lvs_sched rr
    lvs_method DR
    protocol TCP
    quorum 2
    hysteresis 1
    sorry_server 127.0.0.1 80

    real_server 10.0.0.32 80 {
        weight 1
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 2
            retry 1
        }
    }

    real_server 10.0.0.33 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 2
            retry 1
        }
    }
}
"""

BACKUP = (
    MASTER.replace("director1", "director2")
    .replace("state MASTER", "state BACKUP")
    .replace("priority 150", "priority 100")
    .replace("10.1.0.31", "10.1.0.99")
    .replace("10.1.0.30", "10.1.0.31")
    .replace("10.1.0.99", "10.1.0.30")
)


def changed(text: str, old: str, new: str) -> str:
    """Return a configuration with the first occurrence of a text replaced; it has to be there."""
    assert old in text, f"{old!r} is not in the configuration"
    return text.replace(old, new, 1)


def linted(*texts: str, budget: float | None = None) -> list[Finding]:
    """Return the findings in the files of one cluster, named a.conf, b.conf and so on."""
    return lint([parse(text, f"{name}.conf") for text, name in zip(texts, "abc", strict=False)], budget)


def rules_of(findings: list[Finding]) -> set[str]:
    """Return the names of the rules that found something."""
    return {one.rule for one in findings}
