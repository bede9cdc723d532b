"""Mounts a folder a second time, as a disk with a fault:

    faulty_disk.py <folder> <mount point> <fault>

It needs root and Debian's python3-fusepy, and returns once the disk is mounted.
"""
import errno
import os
import sys
import time

from fusepy import FUSE, FuseOSError, Operations

folder, mount_point, fault = sys.argv[1:]


def broken(code):
    raise FuseOSError(code)


class Disk(Operations):
    """Passes everything on to the folder, except for the fault."""

    def path(self, path):
        return os.path.join(folder, path[1:])

    def getattr(self, path, handle=None):
        stat = os.lstat(self.path(path))
        names = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid",
                 "st_atime", "st_mtime", "st_ctime")
        return {name: getattr(stat, name) for name in names}

    def readdir(self, path, handle):
        return [".", "..", *os.listdir(self.path(path))]

    def create(self, path, mode, info=None):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        return os.open(self.path(path), flags, mode)

    def mkdir(self, path, mode):
        os.mkdir(self.path(path), mode)

    def symlink(self, target, source):
        os.symlink(source, self.path(target))

    def readlink(self, path):
        return os.readlink(self.path(path))

    def open(self, path, flags):
        return os.open(self.path(path), flags)

    def read(self, path, size, offset, handle):
        return os.pread(handle, size, offset)

    def write(self, path, data, offset, handle):
        if fault == "slow":
            time.sleep(0.01)
        elif fault == "stalled":
            while os.path.exists(os.path.join(folder, "stalled")):
                time.sleep(0.01)
        elif fault == "short":
            data = data[:4000]
        elif fault == "failing" and offset >= 1 << 20:
            broken(errno.EIO)
        return os.pwrite(handle, data, offset)

    def fsync(self, path, only_data, handle):
        if fault == "unsynced":
            broken(errno.EIO)
        os.fsync(handle)

    def release(self, path, handle):
        os.close(handle)

    def link(self, target, source):
        # Linux returns EPERM for vfat, and ENOSYS for many FUSE file systems.
        if fault in ("no links", "no names"):
            broken(errno.EPERM)
        if fault == "no such call":
            broken(errno.ENOSYS)
        os.link(self.path(source), self.path(target))

    def rename(self, old, new):
        if fault == "no names":
            broken(errno.EIO)
        os.rename(self.path(old), self.path(new))

    def unlink(self, path):
        if fault == "lasting" and path.endswith(".part"):
            broken(errno.EIO)
        os.unlink(self.path(path))

    def chmod(self, path, mode):
        os.chmod(self.path(path), mode)

    def truncate(self, path, length, handle=None):
        os.truncate(self.path(path), length)

    def utimens(self, path, times=None):
        os.utime(self.path(path), times)


FUSE(Disk(), mount_point, foreground=False, big_writes=True)
