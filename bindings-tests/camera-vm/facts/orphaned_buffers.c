/*
 * Fact: a frame can outlive its stream. A process that still maps a buffer can
 * stop the stream and free the buffers (VIDIOC_REQBUFS with count 0); from then
 * on other processes can use the camera, and the bytes of the mapped buffer do
 * not change any more.
 *
 * Also, why VIDIOC_REQBUFS(0) is needed: without it the others get EBUSY, and
 * close() does not help as long as a mapping exists (it holds the file).
 *
 *   orphaned_buffers NODE FOURCC WIDTH HEIGHT WIDTH2 HEIGHT2
 *   orphaned_buffers second NODE FOURCC WIDTH HEIGHT     (used by itself)
 *
 * The second size is what the other process asks for.
 */
#include "fact.h"
#include <sys/wait.h>

#define FRAMES 5

static uint64_t checksum(const struct mapping *m, size_t n)     /* FNV-1a */
{
	uint64_t h = 0xcbf29ce484222325;
	for (size_t i = 0; i < n; i++) h = (h ^ ((const uint8_t *)m->p)[i]) * 0x100000001b3;
	return h;
}

/* The other process: streams some frames. Its exit status is 0, or the errno
 * of the first call that failed. */
static int second(const char *node, const char *fourcc, unsigned w, unsigned h)
{
	struct mapping m[NBUF];
	int type = CAPTURE, e, fd = open(node, O_RDWR | O_NONBLOCK);
	if (fd < 0) { say("  second process: open: %s", strerror(errno)); return errno; }
	if ((e = set_format(fd, fourcc, w, h))) { say("  second process: VIDIOC_S_FMT: %s", strerror(e)); return e; }
	if ((e = request_buffers(fd, NBUF, NULL))) { say("  second process: VIDIOC_REQBUFS: %s", strerror(e)); return e; }
	map_and_queue(fd, m);
	MUST(fd, VIDIOC_STREAMON, &type);
	for (int i = 0; i < FRAMES; i++) {
		struct v4l2_buffer b = dequeue(fd);
		CHECK(b.bytesused > 0, "  second process: an empty frame");
		MUST(fd, VIDIOC_QBUF, &b);
	}
	say("  second process: %d frames of %ux%u", FRAMES, w, h);
	return 0;                               /* the end of the process cleans up */
}

static char *self, **args;

static int run_second(void)
{
	int status;
	pid_t pid = fork();
	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		execl(self, self, "second", args[1], args[2], args[5], args[6], (char *)NULL);
		_exit(255);
	}
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(WIFEXITED(status), "the second process was killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int open_and_start(const char *node, struct mapping m[NBUF], uint32_t *caps)
{
	int type = CAPTURE, e, fd = open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %s", node, strerror(errno));
	e = set_format(fd, args[2], atoi(args[3]), atoi(args[4]));
	CHECK(!e, "VIDIOC_S_FMT: %s", strerror(e));
	e = request_buffers(fd, NBUF, caps);
	CHECK(!e, "VIDIOC_REQBUFS: %s", strerror(e));
	map_and_queue(fd, m);
	MUST(fd, VIDIOC_STREAMON, &type);
	return fd;
}

/* Stops the stream and unmaps all but one buffer. */
static void stop_but_keep(int fd, struct mapping m[NBUF], unsigned kept)
{
	int type = CAPTURE;
	MUST(fd, VIDIOC_STREAMOFF, &type);
	for (unsigned i = 0; i < NBUF; i++) if (i != kept) munmap(m[i].p, m[i].len);
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "second")) return second(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
	CHECK(argc == 7, "usage: orphaned_buffers NODE FOURCC WIDTH HEIGHT WIDTH2 HEIGHT2");
	self = argv[0];
	args = argv;

	struct mapping m[NBUF], again[NBUF];
	uint32_t caps = 0;
	int type = CAPTURE, e;
	struct v4l2_capability cap;

	/* 1. The driver says so. */
	int fd = open_and_start(argv[1], m, &caps);
	MUST(fd, VIDIOC_QUERYCAP, &cap);
	say("driver %s, kernel %u.%u.%u, buffer capabilities %#x", cap.driver, cap.version >> 16,
	    cap.version >> 8 & 255, cap.version & 255, caps);
	CHECK(caps & V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS, "V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS is not set");

	/* 2. Stopping alone does not give the camera free. */
	struct v4l2_buffer held = dequeue(fd);
	uint64_t sum = checksum(&m[held.index], held.bytesused);
	say("held frame: buffer %u, %u bytes, checksum %016llx", held.index, held.bytesused, (unsigned long long)sum);
	stop_but_keep(fd, m, held.index);
	say("after VIDIOC_STREAMOFF:");
	e = run_second();
	CHECK(e == EBUSY, "without VIDIOC_REQBUFS(0) the second process got %s, not EBUSY", e ? strerror(e) : "its frames");

	/* 3. Freeing the buffers does, although one is mapped and the descriptor is open. */
	e = request_buffers(fd, 0, NULL);
	CHECK(!e, "VIDIOC_REQBUFS(0) with a mapped buffer: %s", strerror(e));
	say("after VIDIOC_REQBUFS(0), one buffer mapped, descriptor open:");
	e = run_second();
	CHECK(!e, "after VIDIOC_REQBUFS(0) the second process got %s", strerror(e));
	CHECK(checksum(&m[held.index], held.bytesused) == sum, "the held frame changed while another process streamed");

	/* 4. The same descriptor can stream again; that does not touch the held frame either. */
	e = set_format(fd, argv[2], atoi(argv[3]), atoi(argv[4]));
	CHECK(!e, "VIDIOC_S_FMT again: %s", strerror(e));
	e = request_buffers(fd, NBUF, NULL);
	CHECK(!e, "VIDIOC_REQBUFS again: %s", strerror(e));
	map_and_queue(fd, again);
	MUST(fd, VIDIOC_STREAMON, &type);
	int different = 0;
	for (int i = 0; i < 2 * NBUF; i++) {
		struct v4l2_buffer b = dequeue(fd);
		different += checksum(&again[b.index], b.bytesused) != sum;
		MUST(fd, VIDIOC_QBUF, &b);
	}
	MUST(fd, VIDIOC_STREAMOFF, &type);
	e = request_buffers(fd, 0, NULL);
	CHECK(!e, "VIDIOC_REQBUFS(0) the second time: %s", strerror(e));
	say("%d of %d later frames on the same descriptor differ from the held one", different, 2 * NBUF);
	CHECK(different > 0, "the picture does not change, so this test shows nothing");
	CHECK(checksum(&m[held.index], held.bytesused) == sum, "the held frame changed while the same process streamed");

	/* 5. It outlives the descriptor, too. */
	for (unsigned i = 0; i < NBUF; i++) munmap(again[i].p, again[i].len);
	close(fd);
	say("after close(), one buffer of the old stream still mapped:");
	e = run_second();
	CHECK(!e, "after VIDIOC_REQBUFS(0) and close() the second process got %s", strerror(e));
	CHECK(checksum(&m[held.index], held.bytesused) == sum, "the held frame changed after close()");
	say("held frame: checksum %016llx, unchanged", (unsigned long long)sum);
	munmap(m[held.index].p, m[held.index].len);

	/* 6. But close() in place of VIDIOC_REQBUFS(0) does nothing until the last munmap(). */
	fd = open_and_start(argv[1], m, NULL);
	held = dequeue(fd);
	stop_but_keep(fd, m, held.index);
	close(fd);
	say("close() without VIDIOC_REQBUFS(0), one buffer mapped:");
	e = run_second();
	CHECK(e == EBUSY, "close() without VIDIOC_REQBUFS(0): the second process got %s, not EBUSY", e ? strerror(e) : "its frames");
	munmap(m[held.index].p, m[held.index].len);
	say("after the last munmap():");
	e = run_second();
	CHECK(!e, "after the last munmap() the second process got %s", strerror(e));
	return 0;
}
