/* Preloaded, it counts the calls that change something below a folder, and at the n-th ends the process as a kill would, or lets the
   disk be full from there on. Off until fault_arm is called, or FAULT_FOLDER, FAULT_AT and FAULT_MODE are set when a process starts. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, BEFORE, AFTER, FULL };  /* BEFORE: killed before the call; AFTER: after it, or in the middle of a write */
enum { GO, THEN_END, FAIL };

static char folder[PATH_MAX];
static long at, count;
static int mode;

void fault_arm(const char* where, long when, int how) {
  snprintf(folder, sizeof folder, "%s", where);
  at = when;
  count = 0;
  mode = how;
}

long fault_count(void) { return count; }

__attribute__((constructor)) static void from_environment(void) {
  const char *where = getenv("FAULT_FOLDER"), *when = getenv("FAULT_AT"), *how = getenv("FAULT_MODE");
  if (where && when && how) fault_arm(where, atol(when), atoi(how));
}

static int below(const char* path) {
  size_t n = strlen(folder);
  return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static int below_fd(int fd) {
  char link[64], path[PATH_MAX];
  if (mode == OFF) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return below(path);
}

static int below_at(int dir, const char* path) {
  if (mode == OFF || !path) return 0;
  return path[0] == '/' ? below(path) : dir == AT_FDCWD ? 0 : below_fd(dir);
}

static int step(int mine, int needs_space) {
  if (mode == OFF || !mine) return GO;
  long n = __sync_add_and_fetch(&count, 1);
  if (mode == BEFORE && n == at) _exit(137);
  if (mode == AFTER && n == at) return THEN_END;
  if (mode == FULL && n >= at && needs_space) {
    errno = ENOSPC;
    return FAIL;
  }
  return GO;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define CHANGE(kind, name, mine, needs_space, ...) \
  int now = step(mine, needs_space);               \
  if (now == FAIL) return -1;                      \
  kind result = REAL(name)(__VA_ARGS__);           \
  if (now == THEN_END) _exit(137);                 \
  return result

#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & O_CREAT))
#define OPEN(name)                                                                        \
  int name(const char* path, int flags, ...) {                                            \
    va_list rest;                                                                         \
    va_start(rest, flags);                                                                \
    int how = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, int) : 0;                    \
    va_end(rest);                                                                         \
    CHANGE(int, name, WRITES(flags) && below_at(AT_FDCWD, path), flags & O_CREAT, path, flags, how); \
  }
OPEN(open)
OPEN(open64)
#define OPENAT(name)                                                                      \
  int name(int dir, const char* path, int flags, ...) {                                   \
    va_list rest;                                                                         \
    va_start(rest, flags);                                                                \
    int how = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, int) : 0;                    \
    va_end(rest);                                                                         \
    CHANGE(int, name, WRITES(flags) && below_at(dir, path), flags & O_CREAT, dir, path, flags, how); \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void* data, size_t size) {
  int now = step(below_fd(fd), 1);
  if (now == FAIL) return -1;
  ssize_t result = REAL(write)(fd, data, now == THEN_END ? (size + 1) / 2 : size);
  if (now == THEN_END) _exit(137);
  return result;
}
ssize_t writev(int fd, const struct iovec* parts, int n) { CHANGE(ssize_t, writev, below_fd(fd), 1, fd, parts, n); }
ssize_t pwrite(int fd, const void* data, size_t size, off_t to) { CHANGE(ssize_t, pwrite, below_fd(fd), 1, fd, data, size, to); }
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t to) { CHANGE(ssize_t, pwrite64, below_fd(fd), 1, fd, data, size, to); }
int ftruncate(int fd, off_t size) { CHANGE(int, ftruncate, below_fd(fd), 1, fd, size); }
int ftruncate64(int fd, off64_t size) { CHANGE(int, ftruncate64, below_fd(fd), 1, fd, size); }
int fsync(int fd) { CHANGE(int, fsync, below_fd(fd), 1, fd); }
int fdatasync(int fd) { CHANGE(int, fdatasync, below_fd(fd), 1, fd); }
int fchmod(int fd, mode_t how) { CHANGE(int, fchmod, below_fd(fd), 0, fd, how); }
int chmod(const char* path, mode_t how) { CHANGE(int, chmod, below_at(AT_FDCWD, path), 0, path, how); }
int fchmodat(int dir, const char* path, mode_t how, int flags) { CHANGE(int, fchmodat, below_at(dir, path), 0, dir, path, how, flags); }
int setxattr(const char* path, const char* name, const void* value, size_t size, int flags) {
  ssize_t (*real)(const char*, const char*, const void*, size_t, int) = dlsym(RTLD_NEXT, "setxattr");
  int now = step(below_at(AT_FDCWD, path), 1);
  if (now == FAIL) return -1;
  int result = (int)real(path, name, value, size, flags);
  if (now == THEN_END) _exit(137);
  return result;
}
int mkdir(const char* path, mode_t how) { CHANGE(int, mkdir, below_at(AT_FDCWD, path), 1, path, how); }
int mkdirat(int dir, const char* path, mode_t how) { CHANGE(int, mkdirat, below_at(dir, path), 1, dir, path, how); }
int rmdir(const char* path) { CHANGE(int, rmdir, below_at(AT_FDCWD, path), 0, path); }
int unlink(const char* path) { CHANGE(int, unlink, below_at(AT_FDCWD, path), 0, path); }
int unlinkat(int dir, const char* path, int flags) { CHANGE(int, unlinkat, below_at(dir, path), 0, dir, path, flags); }
int link(const char* from, const char* to) { CHANGE(int, link, below_at(AT_FDCWD, to), 1, from, to); }
int rename(const char* from, const char* to) { CHANGE(int, rename, below_at(AT_FDCWD, from), 0, from, to); }
int renameat(int d1, const char* from, int d2, const char* to) { CHANGE(int, renameat, below_at(d1, from), 0, d1, from, d2, to); }
int renameat2(int d1, const char* from, int d2, const char* to, unsigned flags) {
  CHANGE(int, renameat2, below_at(d1, from), 0, d1, from, d2, to, flags);
}
