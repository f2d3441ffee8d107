/* P14: the driver's own time to its first frame: the calls that cannot be left out, in the order in which v4l2-ctl makes them.
 * Prints milliseconds "STREAMING FRAME STREAMING FRAME", each pair from opening the device on, the second one for the second
 * time in this process. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, MOST = 32 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void call(int device, unsigned long request, void *argument, const char *name) {
    if (ioctl(device, request, argument) != 0) {
        perror(name);
        exit(1);
    }
}

/* Opens the device and waits for its first frame; prints both. */
static void open_camera(char **argv) {
    const double begin = now();
    const int device = open(argv[1], O_RDWR);
    if (device < 0) {
        perror(argv[1]);
        exit(1);
    }
    struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    call(device, VIDIOC_G_FMT, &format, "VIDIOC_G_FMT");
    format.fmt.pix.width = (unsigned)atoi(argv[2]);
    format.fmt.pix.height = (unsigned)atoi(argv[3]);
    format.fmt.pix.pixelformat = v4l2_fourcc(argv[4][0], argv[4][1], argv[4][2], argv[4][3]);
    call(device, VIDIOC_S_FMT, &format, "VIDIOC_S_FMT");
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    rate.parm.capture.timeperframe.numerator = 1;
    rate.parm.capture.timeperframe.denominator = (unsigned)atoi(argv[5]);
    call(device, VIDIOC_S_PARM, &rate, "VIDIOC_S_PARM");
    struct v4l2_requestbuffers wanted = {.count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    call(device, VIDIOC_REQBUFS, &wanted, "VIDIOC_REQBUFS");
    if (wanted.count > MOST) exit(1);
    void *memory[MOST];
    size_t length = 0;
    for (unsigned index = 0; index < wanted.count; ++index) {
        struct v4l2_buffer buffer = {.index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
        call(device, VIDIOC_QUERYBUF, &buffer, "VIDIOC_QUERYBUF");
        length = buffer.length;
        memory[index] = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device, buffer.m.offset);
        if (memory[index] == MAP_FAILED) {
            perror("mmap");
            exit(1);
        }
        call(device, VIDIOC_QBUF, &buffer, "VIDIOC_QBUF");
    }
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    call(device, VIDIOC_STREAMON, &type, "VIDIOC_STREAMON");
    const double streaming = now();
    struct v4l2_buffer first = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    call(device, VIDIOC_DQBUF, &first, "VIDIOC_DQBUF");
    printf("%.2f %.2f ", streaming - begin, now() - begin);
    for (unsigned index = 0; index < wanted.count; ++index) munmap(memory[index], length);
    close(device);
}

/* Arguments: device, width, height, four letters of the pixel format, frames in a second. */
int main(int argc, char **argv) {
    if (argc != 6 || strlen(argv[4]) != 4) return 2;
    open_camera(argv);
    usleep(500000);
    open_camera(argv);
    printf("\n");
    return 0;
}
