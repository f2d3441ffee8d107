/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What the files of labcam share. */
#ifndef LABCAM_H
#define LABCAM_H

#include <linux/workqueue.h>
#include <linux/videodev2.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

enum { MONOTONIC, REALTIME, ZERO, BACKWARDS };

struct lab {
	struct v4l2_device v4l2;
	struct video_device vdev;
	struct vb2_queue queue;
	struct mutex lock;		/* the queue and the format */
	struct v4l2_pix_format pix;
	struct v4l2_fract interval;
	spinlock_t slock;		/* the list of buffers */
	struct list_head buffers;
	struct task_struct *thread;
	u32 sequence;

	struct v4l2_ctrl_handler handler;
	struct v4l2_ctrl *brightness, *contrast, *mode, *privacy, *focus_status, *strobe_status;
	/* clusters: each array is one */
	struct v4l2_ctrl *exposure[2], *iso[2], *white[2], *focus[2], *pan_tilt[2], *flash[3];
	struct delayed_work focused, flashed;
	/* the switches */
	u32 refuse_id;
	int refuse_code, refuse_times, stamps, hang_ms, padding;
	bool lies, frozen, pair;
	atomic_t shorts, errors, gap;
};

int labcam_make_controls(struct lab *cam, int rotation, int orientation);
void labcam_focused(struct work_struct *work);
void labcam_flashed(struct work_struct *work);

#endif
