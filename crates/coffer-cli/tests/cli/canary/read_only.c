/* A file system that has become read-only under a process that has files open on it, as far as no mount can make it so: the kernel
 * refuses to remount while anybody has a file open for writing, and what a broken disk does to a file system is not undone without
 * a new mount. Names are the mount's (the test makes it read-only); these are the files that are open already.
 *
 * Loaded with LD_PRELOAD. While the file READ_ONLY_WHILE is there, nothing is written to files below the folder READ_ONLY_BELOW:
 * EROFS, as the kernel says it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int refused(int fd) {
    const char *below = getenv("READ_ONLY_BELOW"), *flag = getenv("READ_ONLY_WHILE");
    char link[64], name[4096];
    int before = errno;
    if (!below || !flag || access(flag, F_OK) != 0) {
        errno = before;
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    errno = before;
    if (length < 0) return 0;
    name[length] = 0;
    if (strncmp(name, below, strlen(below)) != 0) return 0;
    errno = EROFS;
    return 1;
}

#define REAL(name, result, ...)                                                 \
    static result (*real)(__VA_ARGS__);                                         \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t);
    return refused(fd) ? -1 : real(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL("writev", ssize_t, int, const struct iovec *, int);
    return refused(fd) ? -1 : real(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    return refused(fd) ? -1 : real(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    return refused(fd) ? -1 : real(fd, bytes, length, at);
}

int ftruncate(int fd, off_t length) {
    REAL("ftruncate", int, int, off_t);
    return refused(fd) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL("ftruncate64", int, int, off64_t);
    return refused(fd) ? -1 : real(fd, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
    REAL("posix_fallocate", int, int, off_t, off_t);
    return refused(fd) ? EROFS : real(fd, at, length);
}
