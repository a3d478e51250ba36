/*
 * Preloaded into a process, it numbers the file operations below one folder and makes one of them fail, be short or be
 * the last. What it shall do stands in a small file that is mapped into memory, so that a running process can be told
 * anew. With a log it also writes down what every operation did, for replaying it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, SYNC, RENAME, LINK, UNLINK, TRUNCATE, MKDIR, RMDIR, MODE, ALLOCATE, OPEN, READ };
enum action { COUNT, KILL, FAIL_ONCE, FAIL_FROM, SHORT_WRITE, TORN_KILL, STOP, HANG, JUMP };

/* Shared with the test. `kinds` is a bit mask of the operations that are numbered, `jump` are seconds of the clock. */
struct control {
  uint32_t kinds, action, target, error, count, fired, process;
  int32_t jump;
  char prefix[1024], log[1024];
};
/* One line of the log: this, both paths, the data. `inode` is the file's after the operation. */
struct entry {
  uint32_t kind, count, length1, length2, length3, made;
  uint64_t inode, offset;
};

static struct control *control;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char log_path[1024];

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("FAULTS_CONTROL");
  int fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (at != MAP_FAILED) control = at;
}

static int below(const char *path) {
  size_t length = strlen(control->prefix);
  return length > 0 && strncmp(path, control->prefix, length) == 0 && (path[length] == '/' || path[length] == 0 || path[length] == ' ');
}

/* The absolute path of a name, or of an open file when `path` is null. */
static void locate(int dir, const char *path, char *out) {
  char link[64];
  int held = -1, behind = 0;
  out[0] = 0;
  /* What is reached through an open folder lies where that folder lies. */
  if (path && sscanf(path, "/proc/self/fd/%d/%n", &held, &behind) == 1 && behind > 0) { dir = held; path += behind; }
  if (path && path[0] == '/') { snprintf(out, PATH_MAX, "%s", path); return; }
  if (dir == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
  if (length < 0) length = 0;
  out[length] = 0;
  if (path && length + strlen(path) + 2 < PATH_MAX) { out[length] = '/'; strcpy(out + length + 1, path); }
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

/* 0: go on; -1: `errno` is set and the operation must not happen; 1: do half of it. Holds `turn` unless -1. */
static int enter(enum kind kind) {
  pthread_mutex_lock(&turn);
  if (!(control->kinds >> kind & 1)) return 0;
  uint32_t number = ++control->count, action = control->action;
  int hit = number == control->target || (action == FAIL_FROM && number > control->target);
  if (!hit || action == COUNT) return 0;
  control->process = getpid();
  control->fired++;
  if (action == KILL || (action == TORN_KILL && kind != WRITE)) die();
  if (action == STOP) syscall(SYS_kill, getpid(), SIGSTOP);
  if (action == HANG) for (;;) pause();
  if (action == STOP || action == JUMP) return 0;
  if (action == SHORT_WRITE || action == TORN_KILL) return kind == WRITE ? 1 : 0;
  pthread_mutex_unlock(&turn);
  errno = control->error;
  return -1;
}

static void leave(enum kind kind, const char *one, const char *two, long made, uint64_t inode, uint64_t offset, const void *data, size_t length) {
  int error = errno;
  if (control->log[0] && made >= 0 && kind < OPEN) {
    if (strcmp(log_path, control->log) != 0) {
      if (log_fd >= 0) syscall(SYS_close, log_fd);
      strcpy(log_path, control->log);
      log_fd = syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    struct entry entry = { kind, control->count, strlen(one), two ? strlen(two) : 0, data ? length : 0, made, inode, offset };
    struct iovec parts[] = { { &entry, sizeof entry }, { (void *)one, entry.length1 }, { (void *)two, entry.length2 }, { (void *)data, entry.length3 } };
    syscall(SYS_writev, log_fd, parts, 4);
  }
  if (kind == WRITE && control->action == TORN_KILL && control->fired) die();
  pthread_mutex_unlock(&turn);
  errno = error;
}

static uint64_t inode_of(int fd) { struct stat s; return fd >= 0 && fstat(fd, &s) == 0 ? s.st_ino : 0; }
static uint64_t inode_at(const char *path) { struct stat s; return lstat(path, &s) == 0 ? s.st_ino : 0; }

#pragma GCC diagnostic ignored "-Wnonnull-compare"
#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })
#define ON_PATH(name, kind, call, dir, path, other_dir, other) { \
  char one[PATH_MAX], two[PATH_MAX] = ""; \
  if (!control) return REAL(name) call; \
  locate(dir, path, one); if (other) locate(other_dir, other, two); \
  if (!below(one) && !below(two)) return REAL(name) call; \
  if (enter(kind) < 0) return -1; \
  uint64_t gone = inode_at(one); long made = REAL(name) call; \
  leave(kind, one, two, made, gone ? gone : inode_at(one), 0, NULL, 0); return made; }
#define ON_FILE(name, kind, fd, at, call) { \
  char one[PATH_MAX]; \
  if (!control) return REAL(name) call; \
  locate(fd, NULL, one); if (!below(one)) return REAL(name) call; \
  if (enter(kind) < 0) return -1; \
  long made = REAL(name) call; leave(kind, one, NULL, made, inode_of(fd), at, NULL, 0); return made; }
#define ON_OPEN(name, dir, call) { \
  mode_t mode = 0; char one[PATH_MAX]; \
  if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
  if (!control) return REAL(name) call; \
  locate(dir, path, one); if (!below(one)) return REAL(name) call; \
  uint64_t before = inode_at(one); \
  enum kind kind = (flags & O_CREAT && !before) ? CREATE : flags & O_TRUNC ? TRUNCATE : OPEN; \
  if (enter(kind) < 0) return -1; \
  int fd = REAL(name) call; leave(kind, one, NULL, fd < 0 ? -1 : 0, inode_of(fd), 0, NULL, 0); return fd; }
#define ON_WRITE(name, fd, at, appending, bytes, length, outside, plain, half) { \
  char one[PATH_MAX]; \
  if (!control) return outside; \
  locate(fd, NULL, one); if (!below(one)) return outside; \
  int way = enter(WRITE); if (way < 0) return -1; \
  struct stat s; uint64_t offset = (appending) ? (fcntl(fd, F_GETFL) & O_APPEND ? (fstat(fd, &s), s.st_size) : lseek(fd, 0, SEEK_CUR)) : (uint64_t)(at); \
  ssize_t made = way == 1 && (length) > 1 ? half : plain; \
  leave(WRITE, one, NULL, made, inode_of(fd), offset, bytes, made < 0 ? 0 : made); return made; }

int open(const char *path, int flags, ...) ON_OPEN(open, AT_FDCWD, (path, flags, mode))
int open64(const char *path, int flags, ...) ON_OPEN(open64, AT_FDCWD, (path, flags, mode))
int openat(int dir, const char *path, int flags, ...) ON_OPEN(openat, dir, (dir, path, flags, mode))
int openat64(int dir, const char *path, int flags, ...) ON_OPEN(openat64, dir, (dir, path, flags, mode))
ssize_t write(int fd, const void *data, size_t length) ON_WRITE(write, fd, 0, 1, data, length, REAL(write)(fd, data, length), REAL(write)(fd, data, length), REAL(write)(fd, data, length / 2))
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) ON_WRITE(pwrite, fd, at, 0, data, length, REAL(pwrite)(fd, data, length, at), REAL(pwrite)(fd, data, length, at), REAL(pwrite)(fd, data, length / 2, at))
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) ON_WRITE(pwrite64, fd, at, 0, data, length, REAL(pwrite64)(fd, data, length, at), REAL(pwrite64)(fd, data, length, at), REAL(pwrite64)(fd, data, length / 2, at))
/* The first part only: a short write as the system may make it, whose data lies in one piece. */
ssize_t writev(int fd, const struct iovec *parts, int count) ON_WRITE(writev, fd, 0, 1, parts[0].iov_base, parts[0].iov_len, REAL(writev)(fd, parts, count), REAL(write)(fd, parts[0].iov_base, parts[0].iov_len), REAL(write)(fd, parts[0].iov_base, parts[0].iov_len / 2))
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) ON_WRITE(pwritev, fd, at, 0, parts[0].iov_base, parts[0].iov_len, REAL(pwritev)(fd, parts, count, at), REAL(pwrite)(fd, parts[0].iov_base, parts[0].iov_len, at), REAL(pwrite)(fd, parts[0].iov_base, parts[0].iov_len / 2, at))
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) ON_WRITE(pwritev64, fd, at, 0, parts[0].iov_base, parts[0].iov_len, REAL(pwritev64)(fd, parts, count, at), REAL(pwrite64)(fd, parts[0].iov_base, parts[0].iov_len, at), REAL(pwrite64)(fd, parts[0].iov_base, parts[0].iov_len / 2, at))
int fsync(int fd) ON_FILE(fsync, SYNC, fd, 0, (fd))
int fdatasync(int fd) ON_FILE(fdatasync, SYNC, fd, 0, (fd))
int ftruncate(int fd, off_t size) ON_FILE(ftruncate, TRUNCATE, fd, size, (fd, size))
int ftruncate64(int fd, off64_t size) ON_FILE(ftruncate64, TRUNCATE, fd, size, (fd, size))
int fallocate(int fd, int mode, off_t at, off_t size) ON_FILE(fallocate, ALLOCATE, fd, at + size, (fd, mode, at, size))
int fallocate64(int fd, int mode, off64_t at, off64_t size) ON_FILE(fallocate64, ALLOCATE, fd, at + size, (fd, mode, at, size))
int fchmod(int fd, mode_t mode) ON_FILE(fchmod, MODE, fd, 0, (fd, mode))
int fchown(int fd, uid_t uid, gid_t gid) ON_FILE(fchown, MODE, fd, 0, (fd, uid, gid))
ssize_t read(int fd, void *data, size_t length) ON_FILE(read, READ, fd, 0, (fd, data, length))
ssize_t pread(int fd, void *data, size_t length, off_t at) ON_FILE(pread, READ, fd, 0, (fd, data, length, at))
ssize_t pread64(int fd, void *data, size_t length, off64_t at) ON_FILE(pread64, READ, fd, 0, (fd, data, length, at))
int rename(const char *from, const char *to) ON_PATH(rename, RENAME, (from, to), AT_FDCWD, from, AT_FDCWD, to)
int renameat(int a, const char *from, int b, const char *to) ON_PATH(renameat, RENAME, (a, from, b, to), a, from, b, to)
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) ON_PATH(renameat2, RENAME, (a, from, b, to, flags), a, from, b, to)
int link(const char *from, const char *to) ON_PATH(link, LINK, (from, to), AT_FDCWD, from, AT_FDCWD, to)
int linkat(int a, const char *from, int b, const char *to, int flags) ON_PATH(linkat, LINK, (a, from, b, to, flags), a, from, b, to)
int unlink(const char *path) ON_PATH(unlink, UNLINK, (path), AT_FDCWD, path, 0, (char *)NULL)
int unlinkat(int dir, const char *path, int flags) ON_PATH(unlinkat, flags & AT_REMOVEDIR ? RMDIR : UNLINK, (dir, path, flags), dir, path, 0, (char *)NULL)
int mkdir(const char *path, mode_t mode) ON_PATH(mkdir, MKDIR, (path, mode), AT_FDCWD, path, 0, (char *)NULL)
int mkdirat(int dir, const char *path, mode_t mode) ON_PATH(mkdirat, MKDIR, (dir, path, mode), dir, path, 0, (char *)NULL)
int rmdir(const char *path) ON_PATH(rmdir, RMDIR, (path), AT_FDCWD, path, 0, (char *)NULL)
int chmod(const char *path, mode_t mode) ON_PATH(chmod, MODE, (path, mode), AT_FDCWD, path, 0, (char *)NULL)
int fchmodat(int dir, const char *path, mode_t mode, int flags) ON_PATH(fchmodat, MODE, (dir, path, mode, flags), dir, path, 0, (char *)NULL)
int chown(const char *path, uid_t uid, gid_t gid) ON_PATH(chown, MODE, (path, uid, gid), AT_FDCWD, path, 0, (char *)NULL)
int lchown(const char *path, uid_t uid, gid_t gid) ON_PATH(lchown, MODE, (path, uid, gid), AT_FDCWD, path, 0, (char *)NULL)
int truncate(const char *path, off_t size) ON_PATH(truncate, TRUNCATE, (path, size), AT_FDCWD, path, 0, (char *)NULL)
/* glibc's own calls its unlink directly. */
int remove(const char *path) {
  struct stat s;
  return lstat(path, &s) == 0 && S_ISDIR(s.st_mode) ? rmdir(path) : unlink(path);
}
/* Nothing to be told from: refused, so that callers fall back to reading and writing. */
ssize_t copy_file_range(int a, off64_t *x, int b, off64_t *y, size_t length, unsigned flags) { (void)a; (void)x; (void)b; (void)y; (void)length; (void)flags; errno = ENOSYS; return -1; }
static long jumped(void) { return control && control->action == JUMP && control->fired ? control->jump : 0; }
int clock_gettime(clockid_t clock, struct timespec *now) {
  int made = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += jumped();
  return made;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int made = REAL(gettimeofday)(now, zone);
  now->tv_sec += jumped();
  return made;
}
