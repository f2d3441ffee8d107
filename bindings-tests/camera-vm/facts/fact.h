/* What the fact programs share. A fact that does not hold ends the program
 * with status 1; the last line of its output says why. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define NBUF 4

__attribute__((format(printf, 1, 2), unused))
static void say(const char *f, ...)
{
	va_list a;
	va_start(a, f);
	vprintf(f, a);
	va_end(a);
	putchar('\n');
	fflush(stdout);
}

#define FAIL(...) do { say(__VA_ARGS__); exit(1); } while (0)
#define CHECK(cond, ...) do { if (!(cond)) FAIL(__VA_ARGS__); } while (0)

/* ioctl that starts again after a signal; 0 or the errno. */
static int call(int fd, unsigned long request, void *arg)
{
	int r;
	do r = ioctl(fd, request, arg); while (r < 0 && errno == EINTR);
	return r < 0 ? errno : 0;
}

/* ioctl that must work. */
#define MUST(fd, request, arg) do { \
	int e_ = call(fd, request, arg); \
	CHECK(!e_, "%s: %s", #request, strerror(e_)); \
} while (0)

__attribute__((unused))
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int set_format(int fd, const char *fourcc, unsigned width, unsigned height)
{
	struct v4l2_format f = { .type = CAPTURE };
	f.fmt.pix.width = width;
	f.fmt.pix.height = height;
	f.fmt.pix.pixelformat = v4l2_fourcc(fourcc[0], fourcc[1], fourcc[2], fourcc[3]);
	f.fmt.pix.field = V4L2_FIELD_NONE;
	return call(fd, VIDIOC_S_FMT, &f);
}

/* VIDIOC_REQBUFS for `count` mmap buffers; their capabilities in *caps unless NULL. */
static int request_buffers(int fd, unsigned count, uint32_t *caps)
{
	struct v4l2_requestbuffers r = { .type = CAPTURE, .memory = V4L2_MEMORY_MMAP, .count = count };
	int e = call(fd, VIDIOC_REQBUFS, &r);
	if (caps) *caps = r.capabilities;
	return e;
}

struct mapping { void *p; size_t len; };

/* Maps all buffers and queues them. */
static void map_and_queue(int fd, struct mapping m[NBUF])
{
	for (unsigned i = 0; i < NBUF; i++) {
		struct v4l2_buffer b = { .type = CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = i };
		MUST(fd, VIDIOC_QUERYBUF, &b);
		m[i].len = b.length;
		m[i].p = mmap(NULL, b.length, PROT_READ, MAP_SHARED, fd, b.m.offset);
		CHECK(m[i].p != MAP_FAILED, "mmap: %s", strerror(errno));
		MUST(fd, VIDIOC_QBUF, &b);
	}
}

/* Waits for a frame and dequeues it; the descriptor is non-blocking. */
static struct v4l2_buffer dequeue(int fd)
{
	struct v4l2_buffer b = { .type = CAPTURE, .memory = V4L2_MEMORY_MMAP };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, 15000);
	CHECK(n == 1, "no frame in 15 s");
	MUST(fd, VIDIOC_DQBUF, &b);
	return b;
}
