"""What the recipe of the box says to those who boot it."""

from lvslab.host.box import recipe


def test_the_kernel_is_given_what_grub_gives_it() -> None:
    """All after the kernel's own path, and nothing of another line."""
    text = "set timeout=0\nlinux /vmlinuz root=LABEL=root rw quiet\ninitrd /initrd.img\nboot\n"
    assert recipe.kernel_arguments(text) == "root=LABEL=root rw quiet"


def test_the_boxs_own_kernel_finds_the_root_by_its_label() -> None:
    """The disk is vda under libvirt, and sda under VirtualBox."""
    arguments = recipe.kernel_arguments().split()
    assert [each for each in arguments if each.startswith("root=")] == ["root=LABEL=root"]
