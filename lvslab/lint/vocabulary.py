"""The directives of keepalived.conf(5) 2.2.7 by the block that they belong into, and which numbers they take."""

from dataclasses import dataclass

TOP = """
global_defs vrrp_instance vrrp_script vrrp_sync_group vrrp_track_file vrrp_track_process track_file track_process
virtual_server virtual_server_group static_ipaddress static_routes static_rules static_track_group garp_group
bfd_instance linkbeat_interfaces interface_up_down_delays SSL net_namespace net_namespace_ipvs namespace_with_ipsets
instance use_pid_dir linkbeat_use_polling child_wait_time include
"""
GLOBAL_DEFS = """
router_id vrrp_version vrrp_strict enable_script_security script_user notification_email notification_email_from
smtp_server smtp_helo_name smtp_connect_timeout smtp_alert smtp_alert_vrrp smtp_alert_checker vrrp_mcast_group4
vrrp_mcast_group6 default_interface lvs_sync_daemon lvs_timeouts lvs_flush lvs_flush_on_stop vrrp_garp_master_delay
vrrp_garp_master_repeat vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_refresh
vrrp_garp_master_refresh_repeat vrrp_garp_interval vrrp_gna_interval vrrp_min_garp vrrp_garp_extra_if
vrrp_down_timer_adverts vrrp_lower_prio_no_advert vrrp_higher_prio_send_advert vrrp_iptables vrrp_nftables vrrp_ipsets
vrrp_check_unicast_src vrrp_skip_check_adv_addr vrrp_priority vrrp_no_swap vrrp_rt_priority vrrp_notify_fifo
vrrp_startup_delay checker_priority checker_no_swap dynamic_interfaces startup_script startup_script_timeout
shutdown_script shutdown_script_timeout notify_fifo lvs_notify_fifo process_names process_name max_auto_priority
enable_snmp_vrrp enable_snmp_checker enable_snmp_rfc enable_traps snmp_socket enable_dbus reload_file
"""
VRRP_INSTANCE = """
state interface virtual_router_id priority advert_int nopreempt preempt preempt_delay authentication version accept
no_accept virtual_ipaddress virtual_ipaddress_excluded virtual_routes virtual_rules track_interface track_script
track_file track_process track_bfd track_src_ip mcast_src_ip mcast_dst_ip unicast_src_ip unicast_peer unicast_ttl
unicast_fault_no_peer check_unicast_src use_vmac use_vmac_addr vmac_xmit_base use_ipvlan native_ipv6
dont_track_primary garp_master_delay garp_master_repeat garp_lower_prio_delay garp_lower_prio_repeat
garp_master_refresh garp_master_refresh_repeat garp_extra_if down_timer_adverts lower_prio_no_advert
higher_prio_send_advert skip_check_adv_addr strict_mode promote_secondaries notify notify_master notify_backup
notify_fault notify_stop notify_deleted notify_master_rx_lower_pri notify_priority_changes smtp_alert debug vrf
old_unicast_checksum kernel_rx_buf_size linkbeat_use_polling lvs_sync_daemon_interface
"""
CONNECTION = """
connect_ip connect_port bindto bind_if bind_port fwmark alpha connect_timeout retry delay_before_retry warmup
delay_loop log_all_failures
"""
SERVED = """
delay_loop lvs_sched lb_algo lvs_method lb_kind protocol persistence_timeout persistence_granularity
persistence_engine ha_suspend virtualhost alpha omega quorum hysteresis quorum_up quorum_down ip_family sorry_server
sorry_server_inhibit sorry_server_lvs_method connect_timeout retry delay_before_retry warmup inhibit_on_failure
real_server smtp_alert snmp_name ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback
"""
REAL = """
weight lvs_method lb_kind notify_up notify_down uthreshold lthreshold smtp_alert virtualhost snmp_name alpha
connect_timeout retry delay_before_retry warmup delay_loop inhibit_on_failure TCP_CHECK HTTP_GET SSL_GET SMTP_CHECK
DNS_CHECK MISC_CHECK BFD_CHECK UDP_CHECK PING_CHECK FILE_CHECK
"""
WEB = "url http_protocol fast_recovery virtualhost nb_get_retry enable_sni"

DIRECTIVES: dict[str, frozenset[str]] = {
    block: frozenset(words.split())
    for block, words in {
        "": TOP,
        "global_defs": GLOBAL_DEFS,
        "vrrp_instance": VRRP_INSTANCE,
        "vrrp_script": "script interval timeout weight rise fall user init_fail",
        "authentication": "auth_type auth_pass",
        "virtual_server": SERVED,
        "real_server": REAL,
        "TCP_CHECK": CONNECTION,
        "PING_CHECK": CONNECTION,
        "HTTP_GET": CONNECTION + WEB,
        "SSL_GET": CONNECTION + WEB,
        "url": "path digest status_code virtualhost regex regex_no_match regex_options regex_stack regex_min_offset "
        "regex_max_offset",
        "MISC_CHECK": "misc_path misc_timeout misc_dynamic user retry delay_before_retry warmup delay_loop alpha "
        "log_all_failures",
    }.items()
}


@dataclass(frozen=True)
class Range:
    """Which numbers a directive takes, and what keepalived goes by when it finds something else."""

    low: float
    high: float
    otherwise: str
    whole: bool = True

    @property
    def words(self) -> str:
        """The range in words."""
        kind = "a whole number" if self.whole else "a number"
        least = "more than 0" if 0 < self.low < 0.01 else f"from {self.low:g}"
        return f"{kind} {least}" + (f" to {self.high:g}" if self.high < 1000 else "")


PRIORITY = Range(1, 255, "100")
SECONDS = {
    "delay_loop": Range(0.000001, 4294, "the default", whole=False),
    "connect_timeout": Range(0.000001, 4294, "the default", whole=False),
    "delay_before_retry": Range(0, 4294, "the default", whole=False),
    "retry": Range(0, 2**31 - 1, "the default"),
}
RANGES: dict[str, dict[str, Range]] = {
    "global_defs": {
        "vrrp_version": Range(2, 3, "2"),
        "vrrp_garp_master_repeat": Range(1, 2**31 - 1, "1"),
    },
    "vrrp_instance": {
        "virtual_router_id": Range(1, 255, "nothing, and the instance is dropped"),
        "priority": PRIORITY,
        "advert_int": Range(0.01, 255, "1 s", whole=False),
        "version": Range(2, 3, "2"),
        "preempt_delay": Range(0, 1000.0, "0", whole=False),
    },
    "vrrp_script": {
        "interval": Range(1, 2**31 - 1, "1 s"),
        "timeout": Range(1, 2**31 - 1, "1 s"),
        "weight": Range(-253, 253, "0"),
        "rise": Range(1, 2**31 - 1, "1"),
        "fall": Range(1, 2**31 - 1, "1"),
    },
    "virtual_server": {**SECONDS, "quorum": Range(1, 2**31 - 1, "1"), "hysteresis": Range(0, 2**31 - 1, "0")},
    "real_server": {**SECONDS, "weight": Range(0, 2**31 - 1, "1")},
    **dict.fromkeys(("TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "PING_CHECK"), SECONDS),
}
