#!/bin/sh
# Turns the freshly installed root ($1) into the box: an ordinary Vagrant box that boots by itself, fast.
# Every line writes the same bytes each time, so that the same packages give the same box.
set -eu
root=$1
here=$(dirname "$0")

cp -r "$here/root/." "$root/"
chmod 0440 "$root/etc/sudoers.d/vagrant"
chmod 0755 "$root/usr/local/sbin/lvslab-identity" "$root/usr/local/sbin/lvslab-shutdown" \
    "$root/etc/initramfs-tools/hooks/blkid"
echo lvslab > "$root/etc/hostname"
chmod 0644 "$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' > "$root/etc/hosts"
: > "$root/etc/resolv.conf"
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d" "$root"/etc/ssh/ssh_host_*

# The user and the well-known key that Vagrant expects of a box; a lab replaces the key with its own.
# No password, yet not locked (shadow(5)): sshd alone, without PAM, lets nobody in to a locked account.
chroot "$root" useradd --create-home --shell /bin/bash --password '*' vagrant
mkdir -p "$root/home/vagrant/.ssh"
cp "$here/vagrant.pub" "$root/home/vagrant/.ssh/authorized_keys"
chroot "$root" chown -R vagrant:vagrant /home/vagrant/.ssh
chmod -R go= "$root/home/vagrant/.ssh"

# Services start where a role says so.
for unit in apache2 nginx keepalived ipvsadm nfs-server rpcbind.service rpcbind.socket nfs-client.target \
    nfs-blkmap mdmonitor mdmonitor-oneshot.timer mdcheck_start.timer mdcheck_continue.timer lvm2-monitor \
    nftables apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap fstrim.timer \
    dpkg-db-backup.timer systemd-pstore; do
    chroot "$root" systemctl --quiet disable "$unit" 2>/dev/null || true
done
chroot "$root" systemctl --quiet enable systemd-networkd lvslab-identity qemu-guest-agent 2>/dev/null
# What a lab machine never needs and would spend a quarter of its boot on.
for unit in modprobe@drm.service modprobe@fuse.service modprobe@loop.service modprobe@configfs.service \
    modprobe@dm_mod.service modprobe@efi_pstore.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount sys-kernel-config.mount \
    proc-sys-fs-binfmt_misc.automount systemd-random-seed.service systemd-binfmt.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-logind.service \
    systemd-user-sessions.service systemd-journal-flush.service systemd-machine-id-commit.service \
    systemd-firstboot.service systemd-sysusers.service systemd-network-generator.service \
    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-tmpfiles-clean.timer \
    systemd-networkd-wait-online.service dm-event.socket lvm2-lvmpolld.socket blk-availability.service \
    getty@tty1.service getty-static.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
# Generators run at each boot and each `systemctl daemon-reload`; these have nothing to find in a lab machine.
mkdir -p "$root/etc/systemd/system-generators"
for generator in cryptsetup debug getty gpt-auto hibernate-resume integritysetup rc-local run system-update veritysetup; do
    ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
# Nor does a login have anything to be told.
rm -rf "$root/etc/update-motd.d"
# Logins are open from the start: there is no logind to open them.
ln -sf /dev/null "$root/etc/tmpfiles.d/systemd-nologin.conf"

# The guest agent sets the clock and then has hwclock write it to the RTC, which takes seconds where a processor is
# emulated and is of no use: a machine's RTC is the host's clock (qemu(1), -rtc).
ln -sf /bin/true "$root/usr/sbin/hwclock"
# It has shutdown(8) shut the machine down, for `virsh shutdown` and `vagrant halt`; systemd's own would ask logind.
ln -sf ../local/sbin/lvslab-shutdown "$root/usr/sbin/shutdown"

# The root file system is on no array and no volume, so the initramfs needs neither mdadm nor LVM: it is half
# the size, and arrays are assembled by udev from the root file system, by the mdadm.conf that stands there.
# Nor does it need udev, which takes as long there as the kernel: the modules of the disk are named in
# initramfs-tools/modules, the kernel makes the disk's node (devtmpfs), and blkid finds the label.
for kind in hooks scripts/local-block scripts/local-bottom scripts/local-top scripts/init-top scripts/init-bottom; do
    for name in mdadm lvm2 dmsetup udev; do
        rm -f "$root/usr/share/initramfs-tools/$kind/$name"
    done
done
chroot "$root" update-initramfs -u -k all

chroot "$root" dpkg-query --show --showformat='${Package}=${Version}\n' | LC_ALL=C sort > "$LVSLAB_PACKAGES"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/* "$root"/var/log/* "$root"/usr/share/doc \
    "$root"/usr/share/man "$root"/usr/share/locale "$root"/var/lib/systemd/random-seed
mkdir -p "$root/var/log/apache2" "$root/var/log/nginx" "$root/var/cache/apache2"
: > "$root/etc/machine-id"
