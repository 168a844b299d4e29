/* LD_PRELOAD shim: both clocks of a process stand where the file SIM_CLOCK says.

   The file holds two 64-bit integers, microseconds: the time of day, and the monotonic clock. Time
   passes for the process only when somebody writes to the file. A server whose clock stands still
   never comes to end itself, so the kernel kills it when its parent ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *clocks;

__attribute__((constructor)) static void open_clocks(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *path = getenv("SIM_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *mapped = mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) clocks = mapped;
    close(file);
}

static long long microseconds(clockid_t id) {
    return clocks[id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE];
}

int clock_gettime(clockid_t id, struct timespec *out) {
    if (!clocks || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
        return syscall(SYS_clock_gettime, id, out);
    long long now = microseconds(id);
    out->tv_sec = now / 1000000;
    out->tv_nsec = now % 1000000 * 1000;
    return 0;
}

int gettimeofday(struct timeval *out, void *zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) {
        out->tv_sec = now.tv_sec;
        out->tv_usec = now.tv_nsec / 1000;
    }
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
