// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * labcam - a camera that exists in software alone, for testing programs that use cameras.
 *
 * It has the controls of phones' and laptops' cameras that no driver for a camera-less machine has (exposure bias,
 * ISO, white balance presets, focus triggers, flash and torch, privacy, orientation, a region of interest), and
 * switches that make it misbehave: refuse, hang, lie, cut frames short. ../README.md describes both.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-vmalloc.h>

#include "labcam.h"

#define MAX_CAMERAS 4
static int rotation[MAX_CAMERAS], orientation[MAX_CAMERAS] = { 1, 1, 1, 1 };
static int cameras, orientations;
module_param_array(rotation, int, &cameras, 0444);
MODULE_PARM_DESC(rotation, "degrees by which each camera's sensor is turned; there are as many cameras as numbers");
module_param_array(orientation, int, &orientations, 0444);
MODULE_PARM_DESC(orientation, "where each camera looks: 0 front, 1 back, 2 external");

struct lab_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
};

/* ------------------------------------------------------------------------------------------------ the picture */

static int luma(struct lab *cam)
{
	int level = 16 + cam->brightness->cur.val / 2;

	if (cam->privacy->cur.val)
		return 16;
	if (cam->flash[0]->cur.val == V4L2_FLASH_LED_MODE_TORCH)
		level += 10 + cam->flash[1]->cur.val / 4000;
	if (cam->strobe_status->cur.val)
		level += 60;
	return min(level, 235);
}

/* One grey, but for a white mark in the corner that is the sensor's top left. */
static void paint(struct lab *cam, u8 *p)
{
	const struct v4l2_pix_format *f = &cam->pix;
	bool grey = f->pixelformat == V4L2_PIX_FMT_GREY;
	u32 x, y;

	for (y = 0; y < f->height; y++, p += f->bytesperline) {
		u8 level = luma(cam);

		for (x = 0; x < f->width; x++) {
			u8 v = x < 16 && y < 8 ? 235 : level;

			if (grey) {
				p[x] = v;
			} else {
				p[2 * x] = v;
				p[2 * x + 1] = 128;
			}
		}
	}
}

static bool take(atomic_t *count)
{
	return atomic_dec_if_positive(count) >= 0;
}

static void deliver(struct lab *cam)
{
	struct lab_buffer *buf = NULL;
	u32 sequence;

	if (READ_ONCE(cam->frozen))
		return;
	cam->sequence += atomic_xchg(&cam->gap, 0);
	sequence = cam->sequence++;
	spin_lock(&cam->slock);
	if (!list_empty(&cam->buffers)) {
		buf = list_first_entry(&cam->buffers, struct lab_buffer, list);
		list_del(&buf->list);
	}
	spin_unlock(&cam->slock);
	if (!buf)
		return;			/* like hardware: nowhere to put it, but it was counted */
	paint(cam, vb2_plane_vaddr(&buf->vb.vb2_buf, 0));
	buf->vb.sequence = sequence;
	buf->vb.field = V4L2_FIELD_NONE;
	switch (cam->stamps) {
	case MONOTONIC:
		buf->vb.vb2_buf.timestamp = ktime_get_ns();
		break;
	case REALTIME:
		buf->vb.vb2_buf.timestamp = ktime_get_real_ns();
		break;
	case ZERO:
		buf->vb.vb2_buf.timestamp = 0;
		break;
	case BACKWARDS:			/* each a tenth of a second before the last */
		buf->vb.vb2_buf.timestamp = ktime_get_ns() - NSEC_PER_SEC - (sequence % 100) * (NSEC_PER_SEC / 10);
		break;
	}
	vb2_set_plane_payload(&buf->vb.vb2_buf, 0, take(&cam->shorts) ? cam->pix.sizeimage / 2 : cam->pix.sizeimage);
	vb2_buffer_done(&buf->vb.vb2_buf, take(&cam->errors) ? VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
}

static int camera_thread(void *data)
{
	struct lab *cam = data;
	ktime_t next = ktime_get();

	while (!kthread_should_stop()) {
		s64 step = div_u64((u64)cam->interval.numerator * NSEC_PER_SEC, cam->interval.denominator);

		/* a machine that is late does not catch up */
		next = max_t(ktime_t, next + step, ktime_get());
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule_hrtimeout(&next, HRTIMER_MODE_ABS);
		__set_current_state(TASK_RUNNING);
		if (!kthread_should_stop())
			deliver(cam);
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------------ the buffers */

static int queue_setup(struct vb2_queue *q, unsigned int *buffers, unsigned int *planes, unsigned int sizes[], struct device *devs[])
{
	struct lab *cam = vb2_get_drv_priv(q);

	if (*planes)
		return sizes[0] < cam->pix.sizeimage ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = cam->pix.sizeimage;
	return 0;
}

static int buf_prepare(struct vb2_buffer *vb)
{
	struct lab *cam = vb2_get_drv_priv(vb->vb2_queue);

	return vb2_plane_size(vb, 0) < cam->pix.sizeimage ? -EINVAL : 0;
}

static void buf_queue(struct vb2_buffer *vb)
{
	struct lab *cam = vb2_get_drv_priv(vb->vb2_queue);
	struct lab_buffer *buf = container_of(to_vb2_v4l2_buffer(vb), struct lab_buffer, vb);

	spin_lock(&cam->slock);
	list_add_tail(&buf->list, &cam->buffers);
	spin_unlock(&cam->slock);
}

static void give_back(struct lab *cam, enum vb2_buffer_state state)
{
	struct lab_buffer *buf, *next;

	spin_lock(&cam->slock);
	list_for_each_entry_safe(buf, next, &cam->buffers, list) {
		list_del(&buf->list);
		vb2_buffer_done(&buf->vb.vb2_buf, state);
	}
	spin_unlock(&cam->slock);
}

static int start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct lab *cam = vb2_get_drv_priv(q);

	cam->sequence = 0;
	cam->thread = kthread_run(camera_thread, cam, "labcam");
	if (IS_ERR(cam->thread)) {
		give_back(cam, VB2_BUF_STATE_QUEUED);
		return PTR_ERR(cam->thread);
	}
	return 0;
}

static void stop_streaming(struct vb2_queue *q)
{
	struct lab *cam = vb2_get_drv_priv(q);

	kthread_stop(cam->thread);
	give_back(cam, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_prepare = buf_prepare,
	.buf_queue = buf_queue,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
};

/* ------------------------------------------------------------------------------------------- formats and rates */

static const u32 formats[] = { V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_GREY };

static int querycap(struct file *file, void *fh, struct v4l2_capability *cap)
{
	struct lab *cam = video_drvdata(file);

	strscpy(cap->driver, "labcam", sizeof(cap->driver));
	strscpy(cap->card, cam->vdev.name, sizeof(cap->card));
	snprintf(cap->bus_info, sizeof(cap->bus_info), "platform:%s", dev_name(cam->v4l2.dev));
	return 0;
}

static int enum_fmt(struct file *file, void *fh, struct v4l2_fmtdesc *f)
{
	if (f->index >= ARRAY_SIZE(formats))
		return -EINVAL;
	f->pixelformat = formats[f->index];
	return 0;
}

static void fit(struct lab *cam, struct v4l2_pix_format *p)
{
	if (p->pixelformat != V4L2_PIX_FMT_GREY)
		p->pixelformat = V4L2_PIX_FMT_YUYV;
	v4l_bound_align_image(&p->width, 64, 640, 4, &p->height, 48, 480, 3, 0);
	p->field = V4L2_FIELD_NONE;
	p->bytesperline = p->width * (p->pixelformat == V4L2_PIX_FMT_GREY ? 1 : 2) + cam->padding;
	p->sizeimage = p->bytesperline * p->height;
	p->colorspace = V4L2_COLORSPACE_SRGB;
	p->ycbcr_enc = V4L2_YCBCR_ENC_601;
	p->quantization = V4L2_QUANTIZATION_LIM_RANGE;
	p->xfer_func = V4L2_XFER_FUNC_DEFAULT;
}

static int try_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	fit(video_drvdata(file), &f->fmt.pix);
	return 0;
}

static int g_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct lab *cam = video_drvdata(file);

	mutex_lock(&cam->lock);
	f->fmt.pix = cam->pix;
	mutex_unlock(&cam->lock);
	return 0;
}

static int s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct lab *cam = video_drvdata(file);
	int err = 0;

	fit(cam, &f->fmt.pix);
	mutex_lock(&cam->lock);
	if (vb2_is_busy(&cam->queue))
		err = -EBUSY;
	else
		cam->pix = f->fmt.pix;
	mutex_unlock(&cam->lock);
	return err;
}

static int enum_framesizes(struct file *file, void *fh, struct v4l2_frmsizeenum *s)
{
	if (s->index || (s->pixel_format != V4L2_PIX_FMT_YUYV && s->pixel_format != V4L2_PIX_FMT_GREY))
		return -EINVAL;
	s->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	s->stepwise = (struct v4l2_frmsize_stepwise){ 64, 640, 16, 48, 480, 8 };
	return 0;
}

static int enum_frameintervals(struct file *file, void *fh, struct v4l2_frmivalenum *i)
{
	if (i->index || (i->pixel_format != V4L2_PIX_FMT_YUYV && i->pixel_format != V4L2_PIX_FMT_GREY) ||
	    i->width < 64 || i->width > 640 || i->width % 16 || i->height < 48 || i->height > 480 || i->height % 8)
		return -EINVAL;
	i->type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
	i->stepwise.min = (struct v4l2_fract){ 1, 30 };
	i->stepwise.max = (struct v4l2_fract){ 1, 5 };
	i->stepwise.step = (struct v4l2_fract){ 1, 1 };
	return 0;
}

static int g_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct lab *cam = video_drvdata(file);

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	p->parm.capture.timeperframe = cam->interval;
	p->parm.capture.readbuffers = 1;
	return 0;
}

static int s_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct lab *cam = video_drvdata(file);
	struct v4l2_fract want = p->parm.capture.timeperframe;

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	if (!want.numerator || !want.denominator)
		want = (struct v4l2_fract){ 1, 15 };
	else if ((u64)want.numerator * 30 < want.denominator)
		want = (struct v4l2_fract){ 1, 30 };
	else if ((u64)want.numerator * 5 > want.denominator)
		want = (struct v4l2_fract){ 1, 5 };
	cam->interval = want;
	return g_parm(file, fh, p);
}

static int enum_input(struct file *file, void *fh, struct v4l2_input *i)
{
	if (i->index)
		return -EINVAL;
	i->type = V4L2_INPUT_TYPE_CAMERA;
	strscpy(i->name, "Camera", sizeof(i->name));
	return 0;
}

static int g_input(struct file *file, void *fh, unsigned int *i)
{
	*i = 0;
	return 0;
}

static int s_input(struct file *file, void *fh, unsigned int i)
{
	return i ? -EINVAL : 0;
}

static const struct v4l2_ioctl_ops ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_try_fmt_vid_cap = try_fmt,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_s_fmt_vid_cap = s_fmt,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_enum_frameintervals = enum_frameintervals,
	.vidioc_g_parm = g_parm,
	.vidioc_s_parm = s_parm,
	.vidioc_enum_input = enum_input,
	.vidioc_g_input = g_input,
	.vidioc_s_input = s_input,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
	.vidioc_prepare_buf = vb2_ioctl_prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = vb2_ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_log_status = v4l2_ctrl_log_status,
	.vidioc_subscribe_event = v4l2_ctrl_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

static const struct v4l2_file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.read = vb2_fop_read,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = video_ioctl2,
};

/* -------------------------------------------------------------------------------------------- coming and going */

/* The last file is closed and the device is gone. */
static void release(struct v4l2_device *v4l2)
{
	struct lab *cam = container_of(v4l2, struct lab, v4l2);

	v4l2_ctrl_handler_free(&cam->handler);
	v4l2_device_unregister(v4l2);
	kfree(cam);
}

static int probe(struct platform_device *pdev)
{
	struct lab *cam = kzalloc(sizeof(*cam), GFP_KERNEL);
	struct video_device *vdev;
	int err;

	if (!cam)
		return -ENOMEM;
	cam->pix.width = 640;
	cam->pix.height = 480;
	mutex_init(&cam->lock);
	spin_lock_init(&cam->slock);
	INIT_LIST_HEAD(&cam->buffers);
	INIT_DELAYED_WORK(&cam->focused, labcam_focused);
	INIT_DELAYED_WORK(&cam->flashed, labcam_flashed);
	err = v4l2_device_register(&pdev->dev, &cam->v4l2);
	if (err) {
		kfree(cam);
		return err;
	}
	cam->v4l2.release = release;
	err = labcam_make_controls(cam, rotation[pdev->id], orientation[pdev->id]);
	if (err)
		goto fail;
	cam->v4l2.ctrl_handler = &cam->handler;
	cam->queue = (struct vb2_queue){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.io_modes = VB2_MMAP | VB2_USERPTR | VB2_DMABUF | VB2_READ,
		.dev = &pdev->dev,
		.lock = &cam->lock,
		.ops = &queue_ops,
		.mem_ops = &vb2_vmalloc_memops,
		.drv_priv = cam,
		.buf_struct_size = sizeof(struct lab_buffer),
		.timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC,
		.min_buffers_needed = 2,
	};
	err = vb2_queue_init(&cam->queue);
	if (err)
		goto fail;
	vdev = &cam->vdev;
	strscpy(vdev->name, rotation[pdev->id] ? "Turned Camera" : "Lab Camera", sizeof(vdev->name));
	vdev->fops = &file_ops;
	vdev->ioctl_ops = &ioctl_ops;
	vdev->release = video_device_release_empty;
	vdev->v4l2_dev = &cam->v4l2;
	vdev->queue = &cam->queue;
	/* no lock: a control that hangs holds up no other call, as with the drivers of real cameras */
	vdev->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE;
	video_set_drvdata(vdev, cam);
	cam->interval = (struct v4l2_fract){ 1, 15 };
	fit(cam, &cam->pix);
	platform_set_drvdata(pdev, cam);
	err = video_register_device(vdev, VFL_TYPE_VIDEO, -1);
	if (!err)
		return 0;
fail:
	v4l2_device_put(&cam->v4l2);
	return err;
}

static int remove(struct platform_device *pdev)
{
	struct lab *cam = platform_get_drvdata(pdev);

	vb2_video_unregister_device(&cam->vdev);
	cancel_delayed_work_sync(&cam->focused);
	cancel_delayed_work_sync(&cam->flashed);
	v4l2_device_put(&cam->v4l2);
	return 0;
}

static struct platform_driver driver = { .probe = probe, .remove = remove, .driver = { .name = "labcam" } };
static struct platform_device *devices[MAX_CAMERAS];

static int __init labcam_init(void)
{
	int i, err = platform_driver_register(&driver);

	for (i = 0; !err && i < max(cameras, 1); i++) {
		devices[i] = platform_device_register_simple("labcam", i, NULL, 0);
		err = PTR_ERR_OR_ZERO(devices[i]);
	}
	return err;
}

static void __exit labcam_exit(void)
{
	int i;

	for (i = 0; i < max(cameras, 1); i++)
		platform_device_unregister(devices[i]);
	platform_driver_unregister(&driver);
}

module_init(labcam_init);
module_exit(labcam_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("A camera in software, for tests");
