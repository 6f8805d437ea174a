"""OpenText Push Notifications: alerts to people's devices, and text messages or e-mails to those who have none."""
