# A health check as they are: it starts a request in the background and does not
# wait for it.
/app/health-request &
