/*
 * Fact: a control call that takes long does not hold up the frames. While one
 * thread is inside VIDIOC_S_EXT_CTRLS for seconds, another thread goes on with
 * poll, VIDIOC_DQBUF and VIDIOC_QBUF on the same descriptor.
 *
 *   slow_control slow NODE CAM    the camera takes 2 s for a control request
 *   slow_control hang NODE CAM    the camera never answers control requests
 *
 * CAM is the camera's name for camera-ctl. After the second, also: the stream
 * can be stopped while a control call hangs.
 */
#include "fact.h"
#include <pthread.h>
#include <stdatomic.h>

#define DELAY_MS 2000

struct control_call {
	int fd, value;
	double begin, end;              /* end is valid once done is set */
	int error;                      /* 0 or errno */
	atomic_bool started, done;
};

static int set_zoom(int fd, int value)
{
	struct v4l2_ext_control c = { .id = V4L2_CID_ZOOM_ABSOLUTE, .value = value };
	struct v4l2_ext_controls cs = { .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &c };
	return call(fd, VIDIOC_S_EXT_CTRLS, &cs);
}

static int get_zoom(int fd)
{
	struct v4l2_ext_control c = { .id = V4L2_CID_ZOOM_ABSOLUTE };
	struct v4l2_ext_controls cs = { .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &c };
	MUST(fd, VIDIOC_G_EXT_CTRLS, &cs);
	return c.value;
}

static void *control_thread(void *arg)
{
	struct control_call *c = arg;
	c->begin = now();
	c->started = true;
	c->error = set_zoom(c->fd, c->value);
	c->end = now();
	c->done = true;
	return NULL;
}

static pthread_t start_call(struct control_call *c)
{
	pthread_t t;
	c->started = c->done = false;
	CHECK(!pthread_create(&t, NULL, control_thread, c), "pthread_create");
	return t;
}

static void camera_ctl(const char *verb, const char *cam, const char *arg)
{
	char cmd[200];
	snprintf(cmd, sizeof cmd, "camera-ctl %s %s %s", verb, cam, arg);
	CHECK(system(cmd) == 0, "%s failed", cmd);
}

/* Dequeues and queues again until the call has returned, and at most `limit`
 * seconds. Returns how many frames came during the call; *gap is the longest
 * time between two frames, the last before and the first after it included. */
static int frames_during(int fd, struct control_call *c, double last, double limit, double *gap)
{
	int n = 0;
	double t = last;
	*gap = 0;
	for (bool over = false; !over;) {
		struct v4l2_buffer b = dequeue(fd);
		t = now();
		MUST(fd, VIDIOC_QBUF, &b);
		if (t - last > *gap) *gap = t - last;
		last = t;
		over = c->done;
		if (!over && c->started) n++;
		CHECK(t - c->begin < limit || !c->started, "the control call did not return within %.0f s", limit);
	}
	return n;
}

static double some_frames(int fd, int n)
{
	for (int i = 0; i < n; i++) {
		struct v4l2_buffer b = dequeue(fd);
		MUST(fd, VIDIOC_QBUF, &b);
	}
	return now();
}

int main(int argc, char **argv)
{
	CHECK(argc == 4 && (!strcmp(argv[1], "slow") || !strcmp(argv[1], "hang")), "usage: slow_control slow|hang NODE CAM");
	bool hang = argv[1][0] == 'h';
	const char *cam = argv[3];
	int type = CAPTURE, fd = open(argv[2], O_RDWR | O_NONBLOCK), e;
	CHECK(fd >= 0, "open %s: %s", argv[2], strerror(errno));

	/* The driver asks once for a control's limits; let it do so before the camera is slow. */
	camera_ctl("reset", cam, "");
	e = set_zoom(fd, 100);
	CHECK(!e, "VIDIOC_S_EXT_CTRLS: %s", strerror(e));

	struct mapping m[NBUF];
	e = set_format(fd, "MJPG", 640, 480);
	CHECK(!e, "VIDIOC_S_FMT: %s", strerror(e));
	e = request_buffers(fd, NBUF, NULL);
	CHECK(!e, "VIDIOC_REQBUFS: %s", strerror(e));
	map_and_queue(fd, m);
	MUST(fd, VIDIOC_STREAMON, &type);
	some_frames(fd, 15);

	if (hang) {
		camera_ctl("hang-controls", cam, "on");
	} else {
		char ms[20];
		snprintf(ms, sizeof ms, "%d", DELAY_MS);
		camera_ctl("ctl-delay", cam, ms);
	}
	double last = some_frames(fd, 5), gap;          /* the buffers that were full meanwhile */
	struct control_call c = { .fd = fd, .value = 250 };
	pthread_t t = start_call(&c);
	int n = frames_during(fd, &c, last, 60, &gap);
	pthread_join(t, NULL);
	double took = c.end - c.begin;
	say("control call: %.2f s, %s", took, c.error ? strerrorname_np(c.error) : "success");
	say("frames during the call: %d (%.1f a second); longest gap between two: %.3f s", n, n / took, gap);
	if (hang) {
		CHECK(c.error == ETIMEDOUT || c.error == EIO, "the control call ended with %s, not ETIMEDOUT or EIO",
		      c.error ? strerror(c.error) : "success");
		CHECK(took >= 3, "the control call took only %.2f s", took);
	} else {
		CHECK(!c.error, "the control call failed: %s", strerror(c.error));
		CHECK(took >= DELAY_MS * 0.75e-3, "the control call took only %.2f s", took);
	}
	CHECK(n >= 10, "only %d frames during the call", n);
	CHECK(gap < took / 2, "no frame for %.2f s of the %.2f s of the call", gap, took);

	if (hang) {
		/* Stop the stream inside another such call. */
		c.value = 300;
		t = start_call(&c);
		while (!c.started) usleep(1000);
		some_frames(fd, 3);
		double t0 = now();
		MUST(fd, VIDIOC_STREAMOFF, &type);
		for (int i = 0; i < NBUF; i++) munmap(m[i].p, m[i].len);
		e = request_buffers(fd, 0, NULL);
		double t1 = now();
		bool still = !c.done;
		pthread_join(t, NULL);
		say("in another such call: VIDIOC_STREAMOFF and VIDIOC_REQBUFS(0) took %.3f s; the call took %.2f s, %s",
		    t1 - t0, c.end - c.begin, c.error ? strerrorname_np(c.error) : "success");
		CHECK(!e, "VIDIOC_REQBUFS(0): %s", strerror(e));
		CHECK(still, "the stream could not be stopped before the control call returned");
	}

	/* The camera is usable afterwards, and has the value that was set last. */
	camera_ctl("reset", cam, "");
	int want = hang ? 180 : 250;
	if (hang) {
		e = set_zoom(fd, want);
		CHECK(!e, "a control call after the faults: %s", strerror(e));
	}
	int value = get_zoom(fd);
	CHECK(value == want, "zoom is %d, not %d", value, want);
	return 0;
}
