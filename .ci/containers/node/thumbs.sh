# It is stopped before its children end, as by Ctrl-Z or by who debugs it. It
# reaps them when it goes on.
for i in 1 2 3; do
	/app/thumbnail &
done
kill -STOP $$
wait
exec sleep 3600
