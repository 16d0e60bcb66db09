package diagnose

// initAdvice is what to do about a PID 1 that keeps zombies.
func initAdvice(p *Parent) []string {
	restart := "To clear them now, restart the container: nothing outside of it can reap for PID 1."
	switch p.InitWouldHelp {
	case Yes:
		return []string{
			"Give the container an init as PID 1; it reaps what is orphaned:",
			"  Kubernetes  shareProcessNamespace: true (all containers of the pod then see each other's processes)",
			"  Docker      docker run --init ...",
			"  image       ENTRYPOINT [\"tini\", \"--\", ...]",
			restart,
		}
	case No:
		return []string{"PID 1 is an init and does not reap: look at what it is doing (state, wchan) before anything else.", restart}
	default:
		return []string{
			"Run the same container once with an init (docker run --init, shareProcessNamespace: true): if zombies still come, the program leaves its own children and must wait for them; if they do not, keep the init.",
			restart,
		}
	}
}
