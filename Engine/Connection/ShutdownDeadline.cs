namespace TlsFsm.Connection;

/// <summary>
/// How long a shutdown may take. While output has not left, it may make no progress for so long, wherever the bytes are; the wait for the
/// peer's close_notify begins when the last of them has left.
/// </summary>
/// <remarks>
/// Of a transport that does not tell its progress (<see cref="IDrainingTransport"/>), what it has taken counts as gone; then, and without a
/// <see cref="TlsConnectionOptions.FlushTimeout"/>, one period covers both, as in the seed.
/// </remarks>
internal sealed class ShutdownDeadline : Deadline.IOwner
{
    private readonly Downlink _down;
    private readonly TlsConnectionOptions _options;
    private readonly ShutdownFlow _flow;
    private TimeSpan _armedFor;

    public ShutdownDeadline(IEventLoop loop, Downlink down, TlsConnectionOptions options, ShutdownFlow flow)
    {
        (_down, _options, _flow) = (down, options, flow);
        Timer = new Deadline(loop, this);
    }

    public Deadline Timer { get; }

    /// <summary>From now on; with Shutdown, and after that with each progress.</summary>
    public void Arm()
    {
        if (!Timer.IsArmed)
        {
            _down.HandedOver = HandleProgress;
            _down.Progressed += HandleProgress;
        }

        ArmAnew();
    }

    public void Cancel() => Timer.Cancel();

    /// <summary>What has taken too long, in words.</summary>
    public string Describe() => _down.Unsent > 0
        ? $"the transport has taken no output after {_armedFor.TotalSeconds} seconds ({_down.Unsent} bytes wait)"
        : $"it is not complete after {_armedFor.TotalSeconds} seconds";

    private void HandleProgress()
    {
        if (Timer.IsArmed && (_down.TellsProgress || _options.FlushTimeout is not null))
            ArmAnew();
    }

    private void ArmAnew()
    {
        _armedFor = _down.Unsent > 0 && _options.FlushTimeout is { } flush ? flush : _options.ShutdownTimeout;
        Timer.Rearm(_armedFor);
    }

    void Deadline.IOwner.Elapse()
    {
        StopWatching();
        _flow.HandleDeadline();
    }

    void Deadline.IOwner.Stop() => StopWatching();

    void Deadline.IOwner.Break(Exception exception) => _flow.HandleBrokenTimer(exception);

    private void StopWatching()
    {
        _down.HandedOver = null;
        _down.Progressed -= HandleProgress;
    }
}
