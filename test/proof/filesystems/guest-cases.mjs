// The file systems that a user-mode-linux machine can mount and the host, as a rule, cannot: what has to be done
// inside for each, as lines of shell, and with which options a store is tried there.

const NETWORK = { allowNetworkFileSystem: true }

/** Made in a file on the machine's own memory, as the machine has one disk. */
const loop = (name, megabytes, make, mount = `mount -t ${name}`) => [
  `truncate -s ${megabytes}M /run/${name}.image`,
  `${make} /run/${name}.image`,
  `mkdir /run/${name} && ${mount} -o loop /run/${name}.image /run/${name}`,
]

const SMB_CONF = [
  '[global]',
  'lock directory = /run/samba',
  'state directory = /run/samba',
  'cache directory = /run/samba',
  'pid directory = /run/samba',
  'private dir = /run/samba',
  'ncalrpc dir = /run/samba',
  'log file = /run/samba/log',
  'map to guest = bad user',
  'guest account = root',
  'disable netbios = yes',
  'load printers = no',
  '[store]',
  'path = /run/smb-export',
  'guest ok = yes',
  'read only = no',
  'force user = root',
].join('\\n')

export const GUEST_CASES = [
  {
    name: 'hostfs',
    prepare: ['mkdir "$place/hostfs"'],
    directory: '$place/hostfs',
    tries: [{}, NETWORK],
  },
  {
    name: 'vfat',
    needs: ['mkfs.vfat'],
    modules: ['loop', 'fat', 'vfat', 'nls_iso8859_1', 'nls_utf8', 'nls_cp437'],
    prepare: loop(
      'vfat',
      48,
      'mkfs.vfat',
      'mount -t vfat -o codepage=437,iocharset=iso8859-1,utf8=1',
    ),
    directory: '/run/vfat',
    tries: [{}, { disk: 'portable' }],
  },
  {
    // Lookups tell cases apart in this way to mount it, creating does not.
    name: 'vfat-utf8',
    needs: ['mkfs.vfat'],
    prepare: loop('vfat-utf8', 48, 'mkfs.vfat', 'mount -t vfat -o iocharset=utf8'),
    directory: '/run/vfat-utf8',
    tries: [{}],
  },
  {
    name: 'f2fs',
    needs: ['mkfs.f2fs'],
    modules: ['loop', 'crc32_generic', 'lz4_compress', 'lz4hc_compress', 'f2fs'],
    prepare: loop('f2fs', 96, 'mkfs.f2fs -q -f'),
    directory: '/run/f2fs',
    tries: [{}, { disk: 'portable' }],
  },
  {
    name: 'nfs',
    needs: ['rpc.nfsd', 'rpc.mountd', 'rpcbind', 'mount.nfs', 'exportfs'],
    modules: ['nfsd', 'nfsv3', 'nfsv4'],
    prepare: [
      'ip link set lo up',
      'mkdir /run/export /run/nfs4 /run/nfs3',
      'mount -t tmpfs nfs /var/lib/nfs && touch /var/lib/nfs/etab /var/lib/nfs/rmtab',
      'mkdir /var/lib/nfs/v4recovery /var/lib/nfs/rpc_pipefs',
      'mount -t rpc_pipefs rpc /var/lib/nfs/rpc_pipefs',
      'mount -t nfsd nfsd /proc/fs/nfsd',
      'mount -t tmpfs export /run/export',
      'rpcbind -w -s',
      'exportfs -o rw,no_root_squash,insecure,no_subtree_check,fsid=0 127.0.0.1:/run/export',
      // There is no client whose locks could be claimed again: the shortest grace.
      'echo 3 > /proc/sys/fs/nfs/nlm_timeout && echo 1 > /proc/sys/fs/nfs/nlm_grace_period',
      'rpc.nfsd -H 127.0.0.1 --no-udp 2',
      'rpc.mountd 2>/dev/null',
      'echo Y > /proc/fs/nfsd/v4_end_grace',
      'mount -t nfs -o vers=4.2,proto=tcp 127.0.0.1:/ /run/nfs4',
      'mount -t nfs -o vers=3,proto=tcp,nolock 127.0.0.1:/run/export /run/nfs3',
    ],
    directory: '/run/nfs4',
    tries: [{}, NETWORK, { disk: 'portable' }, { ...NETWORK, disk: 'portable' }],
  },
  { name: 'nfs3', needs: ['rpc.nfsd'], directory: '/run/nfs3', tries: [{}, NETWORK] },
  {
    name: 'smb',
    needs: ['smbd', 'mount.cifs'],
    modules:
      'cmac hmac sha512_generic ccm gcm ctr ghash_generic md4 ecb aes_generic nls_utf8 cifs'.split(
        ' ',
      ),
    prepare: [
      'ip link set lo up',
      'mkdir /run/samba /run/smb-export /run/smb',
      `printf '${SMB_CONF}\\n' > /run/smb.conf`,
      'smbd -D -s /run/smb.conf',
      'for try in 1 2 3 4 5 6 7 8 9 10; do mount -t cifs -o guest,vers=3.1.1 //127.0.0.1/store /run/smb && break; sleep 1; done; mountpoint -q /run/smb',
    ],
    directory: '/run/smb',
    tries: [{}, NETWORK],
  },
]
