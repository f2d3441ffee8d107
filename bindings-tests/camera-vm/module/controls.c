// SPDX-License-Identifier: MIT OR GPL-2.0
/* The controls of labcam, and the switches that make it misbehave. */
#include <linux/delay.h>
#include <media/v4l2-event.h>

#include "labcam.h"

/* Ids of kernels newer than the one this is built for; the rectangle is the type 0x0107 there. */
#define CID_ROI_RECT (V4L2_CID_USER_BASE + 0x11e0 + 1)
#define CID_ROI_AUTO (V4L2_CID_USER_BASE + 0x11e0 + 2)
#define TYPE_RECT 0x0107

enum {
	CID_MODE = (V4L2_CID_USER_BASE | 0xe000),
	CID_REFUSE_CONTROL, CID_REFUSE_CODE, CID_REFUSE_TIMES, CID_VANISH, CID_LIE, CID_TIMESTAMPS, CID_SHORT_FRAMES,
	CID_ERROR_FRAMES, CID_SEQUENCE_GAP, CID_FREEZE, CID_HANG_MS, CID_PRIVACY_SHUTTER, CID_PAIR, CID_PADDING,
};
/* ----------------------------------------------------------------------------------------------- the controls */

static struct lab *camera_of(struct v4l2_ctrl *ctrl)
{
	return container_of(ctrl->handler, struct lab, handler);
}

/* Tells who subscribed what the framework does not: that a control's flags or limits are others now. */
static void announce(struct v4l2_ctrl *ctrl, u32 changes)
{
	struct v4l2_event event = { .type = V4L2_EVENT_CTRL, .id = ctrl->id };
	struct v4l2_subscribed_event *sev;

	event.u.ctrl.changes = changes;
	event.u.ctrl.type = ctrl->type;
	event.u.ctrl.flags = ctrl->flags;
	event.u.ctrl.value = ctrl->cur.val;
	event.u.ctrl.minimum = ctrl->minimum;
	event.u.ctrl.maximum = ctrl->maximum;
	event.u.ctrl.step = ctrl->step;
	event.u.ctrl.default_value = ctrl->default_value;
	list_for_each_entry(sev, &ctrl->ev_subs, node)
		v4l2_event_queue_fh(sev->fh, &event);
}

static int refuse(struct lab *cam, struct v4l2_ctrl *ctrl)
{
	int i;

	for (i = 0; i < ctrl->ncontrols; i++) {
		struct v4l2_ctrl *c = ctrl->cluster[i];

		if (!cam->refuse_id || !c || !c->is_new || c->id != cam->refuse_id || !cam->refuse_times)
			continue;
		if (cam->refuse_times > 0)
			cam->refuse_times--;
		return -cam->refuse_code;
	}
	return 0;
}

void labcam_focused(struct work_struct *work)
{
	struct lab *cam = container_of(work, struct lab, focused.work);

	v4l2_ctrl_s_ctrl(cam->focus_status, V4L2_AUTO_FOCUS_STATUS_REACHED);
}

void labcam_flashed(struct work_struct *work)
{
	struct lab *cam = container_of(work, struct lab, flashed.work);

	v4l2_ctrl_s_ctrl(cam->strobe_status, 0);
}

static int try_ctrl(struct v4l2_ctrl *ctrl)
{
	struct lab *cam = camera_of(ctrl);

	if (ctrl->id == V4L2_CID_PAN_ABSOLUTE && cam->pair && ctrl->cluster[0]->is_new != ctrl->cluster[1]->is_new)
		return -EINVAL;
	return 0;
}

static int s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct lab *cam = camera_of(ctrl);
	int err = refuse(cam, ctrl);

	if (err)
		return err;
	if (cam->hang_ms && !(ctrl->flags & V4L2_CTRL_FLAG_READ_ONLY))
		msleep(cam->hang_ms);
	switch (ctrl->id) {
	case V4L2_CID_DO_WHITE_BALANCE:
		/* what it measures is always the same */
		return cam->white[0]->cur.val ? 0 : __v4l2_ctrl_s_ctrl(cam->white[1], 4300);
	case V4L2_CID_AUTO_FOCUS_START:
		mod_delayed_work(system_wq, &cam->focused, msecs_to_jiffies(400));
		return __v4l2_ctrl_s_ctrl(cam->focus_status, V4L2_AUTO_FOCUS_STATUS_BUSY);
	case V4L2_CID_AUTO_FOCUS_STOP:
		cancel_delayed_work(&cam->focused);
		return __v4l2_ctrl_s_ctrl(cam->focus_status, V4L2_AUTO_FOCUS_STATUS_IDLE);
	case V4L2_CID_FLASH_STROBE:
		if (cam->flash[0]->cur.val != V4L2_FLASH_LED_MODE_FLASH)
			return -EBUSY;
		mod_delayed_work(system_wq, &cam->flashed, msecs_to_jiffies(300));
		return __v4l2_ctrl_s_ctrl(cam->strobe_status, 1);
	}
	return 0;
}

/* What the automatic modes choose. The master of the cluster is asked. */
static int g_volatile_ctrl(struct v4l2_ctrl *ctrl)
{
	struct lab *cam = camera_of(ctrl);
	int drift = (jiffies_to_msecs(jiffies) / 100) % 50;

	switch (ctrl->id) {
	case V4L2_CID_EXPOSURE_AUTO:
		cam->exposure[1]->val = 150 + drift;
		break;
	case V4L2_CID_ISO_SENSITIVITY_AUTO:
		cam->iso[1]->val = 1;
		break;
	case V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE:
		switch (cam->white[0]->cur.val) {
		case V4L2_WHITE_BALANCE_INCANDESCENT:
			cam->white[1]->val = 2800;
			break;
		case V4L2_WHITE_BALANCE_DAYLIGHT:
			cam->white[1]->val = 5500;
			break;
		default:
			cam->white[1]->val = 4500 + 100 * (drift / 10);
		}
		break;
	}
	return 0;
}

static const struct v4l2_ctrl_ops ctrl_ops = { .try_ctrl = try_ctrl, .s_ctrl = s_ctrl, .g_volatile_ctrl = g_volatile_ctrl };

/* ----------------------------------------------------------------------------------------------- the switches */

static void vanish(struct lab *cam, u32 id)
{
	struct v4l2_ctrl *c;

	list_for_each_entry(c, &cam->handler.ctrls, node) {
		u32 flags = c->flags & ~V4L2_CTRL_FLAG_DISABLED;

		if (id && c->id == id)
			flags |= V4L2_CTRL_FLAG_DISABLED;
		if (c->flags == flags)
			continue;
		c->flags = flags;
		announce(c, V4L2_EVENT_CTRL_CH_FLAGS);
	}
}

/* Nonsense where the kernel's framework would never let it come from. */
static void lie(struct lab *cam, bool on)
{
	struct v4l2_ctrl *c = cam->contrast, *m = cam->mode;

	cam->lies = on;
	c->minimum = on ? 200 : 0;
	c->maximum = on ? 100 : 255;
	c->step = on ? 0 : 1;
	c->default_value = on ? 5000 : 128;
	c->cur.val = on ? -7 : 128;
	c->name = on ? "Contr\xe4st\x01" : "Contrast";
	m->maximum = on ? 9 : 5;	/* the last four have no names */
	m->default_value = on ? 8 : 0;
	m->cur.val = on ? 9 : 0;
	announce(c, V4L2_EVENT_CTRL_CH_RANGE);
	announce(m, V4L2_EVENT_CTRL_CH_RANGE);
}

static int switch_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct lab *cam = camera_of(ctrl);

	switch (ctrl->id) {
	case CID_REFUSE_CONTROL:	cam->refuse_id = ctrl->val; break;
	case CID_REFUSE_CODE:		cam->refuse_code = ctrl->val; break;
	case CID_REFUSE_TIMES:		cam->refuse_times = ctrl->val; break;
	case CID_VANISH:		vanish(cam, ctrl->val); break;
	case CID_LIE:			if (cam->lies != !!ctrl->val) lie(cam, ctrl->val); break;
	case CID_TIMESTAMPS:		cam->stamps = ctrl->val; break;
	case CID_SHORT_FRAMES:		atomic_set(&cam->shorts, ctrl->val); break;
	case CID_ERROR_FRAMES:		atomic_set(&cam->errors, ctrl->val); break;
	case CID_SEQUENCE_GAP:		atomic_set(&cam->gap, ctrl->val); break;
	case CID_FREEZE:		WRITE_ONCE(cam->frozen, ctrl->val); break;
	case CID_HANG_MS:		cam->hang_ms = ctrl->val; break;
	case CID_PAIR:			cam->pair = ctrl->val; break;
	case CID_PADDING:		cam->padding = ctrl->val; break;
	case CID_PRIVACY_SHUTTER:	return __v4l2_ctrl_s_ctrl(cam->privacy, ctrl->val);
	}
	return 0;
}

/* What is left to do of what was asked for. */
static int switch_g_volatile(struct v4l2_ctrl *ctrl)
{
	struct lab *cam = camera_of(ctrl);

	switch (ctrl->id) {
	case CID_REFUSE_TIMES:		ctrl->val = cam->refuse_times; break;
	case CID_SHORT_FRAMES:		ctrl->val = atomic_read(&cam->shorts); break;
	case CID_ERROR_FRAMES:		ctrl->val = atomic_read(&cam->errors); break;
	case CID_SEQUENCE_GAP:		ctrl->val = atomic_read(&cam->gap); break;
	}
	return 0;
}

static const struct v4l2_ctrl_ops switch_ops = { .s_ctrl = switch_s_ctrl, .g_volatile_ctrl = switch_g_volatile };

/* The limits of a control that lies must not be used, not even by the framework. */
static int liar_validate(const struct v4l2_ctrl *ctrl, union v4l2_ctrl_ptr ptr)
{
	return container_of(ctrl->handler, struct lab, handler)->lies ? 0 : v4l2_ctrl_type_op_validate(ctrl, ptr);
}

static const struct v4l2_ctrl_type_ops liar_ops = {
	.equal = v4l2_ctrl_type_op_equal, .init = v4l2_ctrl_type_op_init, .log = v4l2_ctrl_type_op_log, .validate = liar_validate,
};

/* A type that this kernel does not know yet. */
static bool rect_equal(const struct v4l2_ctrl *ctrl, union v4l2_ctrl_ptr a, union v4l2_ctrl_ptr b)
{
	return !memcmp(a.p_const, b.p_const, sizeof(struct v4l2_rect));
}

static void rect_init(const struct v4l2_ctrl *ctrl, u32 from, union v4l2_ctrl_ptr ptr)
{
	*(struct v4l2_rect *)ptr.p = (struct v4l2_rect){ 0, 0, 640, 480 };
}

static void rect_log(const struct v4l2_ctrl *ctrl)
{
	const struct v4l2_rect *r = ctrl->p_cur.p_const;

	pr_cont("%ux%u at %d,%d", r->width, r->height, r->left, r->top);
}

static int rect_validate(const struct v4l2_ctrl *ctrl, union v4l2_ctrl_ptr ptr)
{
	struct v4l2_rect *r = ptr.p;

	/* as the UVC driver does: what does not fit is made to */
	r->width = clamp(r->width, 16U, 640U);
	r->height = clamp(r->height, 16U, 480U);
	r->left = clamp(r->left, 0, 640 - (int)r->width);
	r->top = clamp(r->top, 0, 480 - (int)r->height);
	return 0;
}

static const struct v4l2_ctrl_type_ops rect_ops = { .equal = rect_equal, .init = rect_init, .log = rect_log, .validate = rect_validate };

static const s64 bias[] = { -2000, -1000, -333, 0, 333, 1000, 2000 };
static const s64 iso[] = { 100000, 125000, 200000, 400000, 800000 };
static const char *const modes[] = { "Normal", "", "Sports", "", "Night", "Party", "", "", "", "" };
static const char *const stamps[] = { "Monotonic", "Realtime", "Zero", "Backwards" };

static const struct v4l2_ctrl_config customs[] = {
	{ &ctrl_ops, &liar_ops, V4L2_CID_CONTRAST, "Contrast", V4L2_CTRL_TYPE_INTEGER, 0, 255, 1, 128 },
	{ &ctrl_ops, &liar_ops, CID_MODE, "Scene", V4L2_CTRL_TYPE_MENU, 0, 5, .menu_skip_mask = 1 << 1 | 1 << 3, .qmenu = modes },
	{ &ctrl_ops, &rect_ops, CID_ROI_RECT, "Region of Interest Rectangle", TYPE_RECT, .elem_size = sizeof(struct v4l2_rect) },
	{ &ctrl_ops, NULL, CID_ROI_AUTO, "Region of Interest Auto Ctrls", V4L2_CTRL_TYPE_BITMASK, 0, 0xf, 0, 0x1 },
	{ &switch_ops, NULL, CID_REFUSE_CONTROL, "Refuse Control", V4L2_CTRL_TYPE_INTEGER, 0, INT_MAX, 1 },
	{ &switch_ops, NULL, CID_REFUSE_CODE, "Refuse Code", V4L2_CTRL_TYPE_INTEGER, 1, 133, 1, EIO },
	{ &switch_ops, NULL, CID_REFUSE_TIMES, "Refuse Times", V4L2_CTRL_TYPE_INTEGER, -1, 1000, 1, -1,
	  .flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE },
	{ &switch_ops, NULL, CID_VANISH, "Vanish", V4L2_CTRL_TYPE_INTEGER, 0, INT_MAX, 1 },
	{ &switch_ops, NULL, CID_LIE, "Lie", V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1 },
	{ &switch_ops, NULL, CID_TIMESTAMPS, "Timestamps", V4L2_CTRL_TYPE_MENU, 0, BACKWARDS, .qmenu = stamps },
	{ &switch_ops, NULL, CID_SHORT_FRAMES, "Short Frames", V4L2_CTRL_TYPE_INTEGER, 0, 1000000, 1,
	  .flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE },
	{ &switch_ops, NULL, CID_ERROR_FRAMES, "Error Frames", V4L2_CTRL_TYPE_INTEGER, 0, 1000000, 1,
	  .flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE },
	{ &switch_ops, NULL, CID_SEQUENCE_GAP, "Sequence Gap", V4L2_CTRL_TYPE_INTEGER, 0, 1000000, 1,
	  .flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE },
	{ &switch_ops, NULL, CID_FREEZE, "Freeze", V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1 },
	{ &switch_ops, NULL, CID_HANG_MS, "Hang Control Ms", V4L2_CTRL_TYPE_INTEGER, 0, 20000, 1 },
	{ &switch_ops, NULL, CID_PRIVACY_SHUTTER, "Privacy Shutter", V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1 },
	{ &switch_ops, NULL, CID_PAIR, "Pair Pan And Tilt", V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 1 },
	{ &switch_ops, NULL, CID_PADDING, "Stride Padding", V4L2_CTRL_TYPE_INTEGER, 0, 256, 2 },
};

int labcam_make_controls(struct lab *cam, int rotation, int orientation)
{
	struct v4l2_ctrl_handler *h = &cam->handler;
	const struct v4l2_ctrl_ops *o = &ctrl_ops;
	int i;

	v4l2_ctrl_handler_init(h, 48);
	cam->brightness = v4l2_ctrl_new_std(h, o, V4L2_CID_BRIGHTNESS, 0, 255, 1, 128);
	v4l2_ctrl_new_std(h, o, V4L2_CID_DO_WHITE_BALANCE, 0, 0, 0, 0);
	cam->white[0] = v4l2_ctrl_new_std_menu(h, o, V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE, V4L2_WHITE_BALANCE_DAYLIGHT,
		~(1ULL << V4L2_WHITE_BALANCE_MANUAL | 1 << V4L2_WHITE_BALANCE_AUTO | 1 << V4L2_WHITE_BALANCE_INCANDESCENT |
		  1 << V4L2_WHITE_BALANCE_DAYLIGHT), V4L2_WHITE_BALANCE_AUTO);
	cam->white[1] = v4l2_ctrl_new_std(h, o, V4L2_CID_WHITE_BALANCE_TEMPERATURE, 2500, 8000, 100, 5000);
	cam->exposure[0] = v4l2_ctrl_new_std_menu(h, o, V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_SHUTTER_PRIORITY,
		1 << V4L2_EXPOSURE_MANUAL, V4L2_EXPOSURE_AUTO);
	cam->exposure[1] = v4l2_ctrl_new_std(h, o, V4L2_CID_EXPOSURE_ABSOLUTE, 1, 2000, 1, 100);
	v4l2_ctrl_new_int_menu(h, o, V4L2_CID_AUTO_EXPOSURE_BIAS, ARRAY_SIZE(bias) - 1, 3, bias);
	cam->iso[0] = v4l2_ctrl_new_std_menu(h, o, V4L2_CID_ISO_SENSITIVITY_AUTO, 1, 0, V4L2_ISO_SENSITIVITY_AUTO);
	cam->iso[1] = v4l2_ctrl_new_int_menu(h, o, V4L2_CID_ISO_SENSITIVITY, ARRAY_SIZE(iso) - 1, 0, iso);
	cam->focus[0] = v4l2_ctrl_new_std(h, o, V4L2_CID_FOCUS_AUTO, 0, 1, 1, 1);
	cam->focus[1] = v4l2_ctrl_new_std(h, o, V4L2_CID_FOCUS_ABSOLUTE, 0, 1023, 1, 0);
	v4l2_ctrl_new_std(h, o, V4L2_CID_AUTO_FOCUS_START, 0, 0, 0, 0);
	v4l2_ctrl_new_std(h, o, V4L2_CID_AUTO_FOCUS_STOP, 0, 0, 0, 0);
	cam->focus_status = v4l2_ctrl_new_std(h, o, V4L2_CID_AUTO_FOCUS_STATUS, 0, 7, 0, 0);
	v4l2_ctrl_new_std(h, o, V4L2_CID_3A_LOCK, 0, 7, 0, 0);
	cam->pan_tilt[0] = v4l2_ctrl_new_std(h, o, V4L2_CID_PAN_ABSOLUTE, -36000, 36000, 3600, 0);
	cam->pan_tilt[1] = v4l2_ctrl_new_std(h, o, V4L2_CID_TILT_ABSOLUTE, -36000, 36000, 3600, 0);
	v4l2_ctrl_new_std(h, o, V4L2_CID_ZOOM_ABSOLUTE, 100, 400, 1, 100);
	cam->flash[0] = v4l2_ctrl_new_std_menu(h, o, V4L2_CID_FLASH_LED_MODE, V4L2_FLASH_LED_MODE_TORCH, 0, V4L2_FLASH_LED_MODE_NONE);
	cam->flash[1] = v4l2_ctrl_new_std(h, o, V4L2_CID_FLASH_TORCH_INTENSITY, 1000, 200000, 1000, 100000);
	cam->flash[2] = v4l2_ctrl_new_std_menu(h, o, V4L2_CID_FLASH_STROBE_SOURCE, V4L2_FLASH_STROBE_SOURCE_EXTERNAL, 0,
		V4L2_FLASH_STROBE_SOURCE_SOFTWARE);
	v4l2_ctrl_new_std(h, o, V4L2_CID_FLASH_STROBE, 0, 0, 0, 0);
	cam->strobe_status = v4l2_ctrl_new_std(h, o, V4L2_CID_FLASH_STROBE_STATUS, 0, 1, 1, 0);
	cam->privacy = v4l2_ctrl_new_std(h, o, V4L2_CID_PRIVACY, 0, 1, 1, 0);
	v4l2_ctrl_new_std_menu(h, o, V4L2_CID_CAMERA_ORIENTATION, V4L2_CAMERA_ORIENTATION_EXTERNAL, 0, clamp(orientation, 0, 2));
	v4l2_ctrl_new_std(h, o, V4L2_CID_CAMERA_SENSOR_ROTATION, rotation, rotation, 1, rotation);
	for (i = 0; i < ARRAY_SIZE(customs); i++) {
		struct v4l2_ctrl *c = v4l2_ctrl_new_custom(h, &customs[i], NULL);

		if (c && c->id == V4L2_CID_CONTRAST)
			cam->contrast = c;
		if (c && c->id == CID_MODE)
			cam->mode = c;
	}
	if (h->error)
		return h->error;
	cam->privacy->flags |= V4L2_CTRL_FLAG_READ_ONLY;
	v4l2_ctrl_auto_cluster(2, cam->white, V4L2_WHITE_BALANCE_MANUAL, true);
	v4l2_ctrl_auto_cluster(2, cam->exposure, V4L2_EXPOSURE_SHUTTER_PRIORITY, true);
	v4l2_ctrl_auto_cluster(2, cam->iso, V4L2_ISO_SENSITIVITY_MANUAL, true);
	v4l2_ctrl_auto_cluster(2, cam->focus, 0, false);
	v4l2_ctrl_cluster(2, cam->pan_tilt);
	cam->refuse_code = EIO;
	cam->refuse_times = -1;
	return 0;
}
