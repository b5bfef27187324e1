#!/bin/sh
# The first process of a user-mode-linux machine. Its root is the host's own, so node and the built package are there.
# What to do comes as variables on the kernel's command line:
#   place       a directory of the host that belongs to this machine; what is said goes there
#   filesystem  what to mount from the machine's disk, options as for mount -o; nothing: no disk
#   node, program   what to run, with `place` and where the disk is mounted
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mount -t tmpfs shm /dev/shm 2>/dev/null
while read -r module; do
  busybox insmod "$module" >>"$place/said" 2>&1
done <"$place/modules"
mkdir /run/disk
if [ -n "$filesystem" ]; then
  mount -t "$filesystem" -o "$options" /dev/ubda /run/disk >>"$place/said" 2>&1 || touch "$place/unmountable"
fi
cd "$place"
[ -e unmountable ] || "$node" "$program" "$place" /run/disk <"$place/input" >>"$place/said" 2>&1
umount /run/disk 2>/dev/null
echo o >/proc/sysrq-trigger
sleep 60
