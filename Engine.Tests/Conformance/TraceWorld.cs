using System.Globalization;
using System.Text;
using System.Text.Json;
using TlsFsm.Machines;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Conformance;

/// <summary>
/// The world of one trace: a real connection between a scripted transport and a scripted application, on a deterministic loop.
/// </summary>
internal sealed class TraceWorld
{
    private readonly TurnByTurnLoop _loop = new();
    private readonly TlsConnection _connection;
    private readonly ScriptedTransport _transport;
    private readonly ScriptedApplication _application;
    private readonly List<string> _observations = [];
    private readonly List<string> _journal = [];
    private byte[] _heldBack = [];

    public TraceWorld(TraceConfig config)
    {
        _loop.Unhandled = exception => Observe($"handler:{Kind(exception)}");
        _application = config.Buffered
            ? new ScriptedBufferedApplication(this, config.Reactions, config.BufferSize)
            : new ScriptedApplication(this, config.Reactions);
        var options = new TlsConnectionOptions
        {
            CallConnectionMade = config.CallConnectionMade,
            HandshakeTimeout = TimeSpan.FromSeconds(config.HandshakeTimeout),
            ShutdownTimeout = TimeSpan.FromSeconds(config.ShutdownTimeout),
            TolerateTruncation = true,

            // As the seed, whose answer to eof_received counts for nothing.
            AllowHalfCloseAtEndOfStream = false,
        };
        _connection = new TlsConnection(_loop, _application, new ToyCore(), options)
        {
            Transitioned = transition =>
            {
                if (transition.From != transition.To && transition.Machine is TlsMachine.Name or AppMachine.Name)
                    Observe($"{(transition.Machine == TlsMachine.Name ? "state" : "app_state")}:{Seed(transition.From)}>{Seed(transition.To)}");
            },
        };
        _connection.Parts.Awaiter.Settled = exception => Observe($"waiter:{(exception is null ? "ok" : Kind(exception))}");
        _transport = new ScriptedTransport(this);
        if (!config.CallConnectionMade)
            _application.Transport = _connection.Transport;
    }

    /// <summary>
    /// All observations so far in one list, and between them what the application and the transport were asked: <c>call:close</c>.
    /// </summary>
    public IReadOnlyList<string> Journal => _journal;

    /// <summary>All that the application wrote while its writes were not dropped, in order.</summary>
    public List<byte> Accepted { get; } = [];

    /// <summary>All that reached the transport.</summary>
    public List<byte> Sent => _transport.Sent;

    public TlsConnection Connection => _connection;

    public int ArmedTimers => _loop.ArmedTimers;

    /// <summary>Plays the script and returns what was observed, event by event, and then while the loop was drained.</summary>
    public string[][] Play(JsonElement[][] script)
    {
        var entries = new List<string[]>();
        foreach (var step in script)
        {
            Perform(step);
            entries.Add(TakeObservations());
        }

        _loop.Run();
        entries.Add(TakeObservations());
        return [.. entries];
    }

    public void Observe(string observation)
    {
        _observations.Add(observation);
        _journal.Add(observation);
    }

    /// <summary>Into the journal only.</summary>
    public void Note(string what) => _journal.Add(what);

    /// <summary>An event of the application; <c>raise</c> throws.</summary>
    public void PerformByApplication(JsonElement[] step)
    {
        var name = step[0].GetString()!;
        if (name == "raise")
            throw new ApplicationFailure();

        if (_application.Transport is not { } transport)
        {
            Observe($"skipped:{name}");
            return;
        }

        Note($"call:{name}");
        switch (name)
        {
            case "write":
                Accept(transport, step[1].GetInt32());
                transport.Write(Payload(step[1].GetInt32()));
                break;
            case "writelines":
                Accept(transport, [.. step[1].EnumerateArray().Select(n => n.GetInt32())]);
                transport.WriteLines(step[1].EnumerateArray().Select(n => (ReadOnlyMemory<byte>)Payload(n.GetInt32())));
                break;
            case "close":
                transport.Close();
                break;
            case "abort":
                transport.Abort();
                break;
            case "refuse":
                transport.Abort(TlsAlert.AccessDenied);
                break;
            case "pause_reading":
                transport.PauseReading();
                break;
            case "resume_reading":
                transport.ResumeReading();
                break;
            case "set_write_limits":
                transport.SetWriteBufferLimits(Mark(step[1]), Mark(step[2]));
                break;
            case "set_read_limits":
                transport.SetReadBufferLimits(Mark(step[1]), Mark(step[2]));
                break;
            default:
                throw new AssertionException($"An unknown event: {name}");
        }
    }

    public void QueueLoss(Exception? exception) =>
        _loop.CallSoon(_ => Lose(exception), null);

    public static string Kind(Exception? exception) => exception switch
    {
        null => "none",
        ApplicationFailure => "app",
        TlsCertificateException => "certificate",
        TlsException { Reason: CloseReason.HandshakeTimeout or CloseReason.LocalAbort } => "aborted",
        TlsException { Reason: CloseReason.ShutdownTimeout } => "timeout",
        TlsException { Reason: CloseReason.TransportLost } => "reset",
        TlsException { Reason: CloseReason.Failed or CloseReason.PlaintextInjection or CloseReason.Unanswered } => "tls",
        ConnectionReset => "reset",
        _ => exception.ToString(),
    };

    private void Perform(JsonElement[] step)
    {
        try
        {
            PerformUncaught(step);
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Observe($"uncaught:{Kind(exception)}");
        }
    }

    private void PerformUncaught(JsonElement[] step)
    {
        var name = step[0].GetString()!;
        switch (name)
        {
            case "connect":
                _connection.ConnectionMade(_transport);
                break;
            case "rx" when _transport.CanReceive:
                Receive(step[1], step.Length > 2 ? step[2].GetInt32() : 0);
                break;
            case "rx_eof" when _transport.CanReceive:
                _transport.HasEnded = true;
                if (!_connection.EofReceived())
                    _transport.Close();
                break;
            case "lost" when !_transport.IsLost:
                Lose(step[1].GetString() == "reset" ? new ConnectionReset() : null);
                break;
            case "transport_pause" when !_transport.IsLost:
                _connection.PauseWriting();
                break;
            case "transport_resume" when !_transport.IsLost:
                _connection.ResumeWriting();
                break;
            case "rx" or "rx_eof" or "lost" or "transport_pause" or "transport_resume":
                Observe($"skipped:{name}");
                break;
            case "run":
                _loop.Run();
                break;
            case "advance":
                _loop.Advance(TimeSpan.FromSeconds(step[1].GetDouble()));
                break;
            case "probe":
                Probe();
                break;
            default:
                PerformByApplication(step);
                break;
        }
    }

    private void Receive(JsonElement records, int cut)
    {
        byte[] bytes = [.. _heldBack, .. records.EnumerateArray().SelectMany(Bytes)];
        var now = Math.Max(0, bytes.Length - cut);
        _heldBack = bytes[now..];
        for (var rest = bytes.AsSpan(0, now); !rest.IsEmpty;)
        {
            var buffer = _connection.GetBuffer(rest.Length).Span;
            var count = Math.Min(buffer.Length, rest.Length);
            rest[..count].CopyTo(buffer);
            rest = rest[count..];
            _connection.BufferUpdated(count);
        }
    }

    private static byte[] Bytes(JsonElement record) => record[0].GetString() switch
    {
        "data" => ToyCore.Record('d', Payload(record[1].GetInt32())),
        "close" => ToyCore.Record('c', []),
        "hs" => ToyCore.Record('h', Encoding.ASCII.GetBytes(record[1].GetString()!)),
        "bad" => ToyCore.Record('?', "x"u8),
        var other => throw new AssertionException($"An unknown record: {other}"),
    };

    private void Lose(Exception? exception)
    {
        if (_transport.IsLost)
            return;

        _transport.IsLost = true;
        Note("call:lost");
        _connection.ConnectionLost(exception);
        Note("call:lost returned");
    }

    private void Accept(TlsTransport transport, params int[] lengths)
    {
        // A close in the last delivery before a bad record changes nothing: what is written after it still goes out.
        if (!transport.IsClosing || _connection.State == TlsState.Wrapped)
            Accepted.AddRange(lengths.SelectMany(Payload));
    }

    private void Probe()
    {
        if (_application.Transport is not { } transport || _transport.IsLost)
        {
            Observe("probe:none");
            return;
        }

        Observe(string.Create(
            CultureInfo.InvariantCulture,
            $"probe:read={transport.ReadBufferSize},write={transport.WriteBufferSize},reading={YesNo(transport.IsReading)},closing={YesNo(transport.IsClosing)}"));
    }

    private string[] TakeObservations()
    {
        var entry = WithoutRepeatedOutput(_observations);
        _observations.Clear();
        return entry;
    }

    /// <summary>How output is cut into writes is free: of several in a row the last counts.</summary>
    public static string[] WithoutRepeatedOutput(IReadOnlyList<string> observations) =>
        [.. observations.Where(
            (observation, i) => !(IsOutput(observation) && i + 1 < observations.Count && IsOutput(observations[i + 1])))];

    private static bool IsOutput(string observation) => observation.StartsWith("tx:", StringComparison.Ordinal);

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static int? Mark(JsonElement mark) => mark.ValueKind == JsonValueKind.Null ? null : mark.GetInt32();

    private static byte[] Payload(int length)
    {
        var payload = new byte[length];
        for (var i = 0; i < length; i++)
            payload[i] = (byte)(31 * i + 17 * length);
        return payload;
    }

    private static string Seed(string state) => state switch
    {
        nameof(TlsState.Unwrapped) => "UNWRAPPED",
        nameof(TlsState.DoHandshake) => "DO_HANDSHAKE",
        nameof(TlsState.Wrapped) => "WRAPPED",
        nameof(TlsState.Flushing) => "FLUSHING",
        nameof(TlsState.Shutdown) => "SHUTDOWN",
        nameof(AppState.Init) => "INIT",
        nameof(AppState.ConnectionMade) => "CON_MADE",
        nameof(AppState.Eof) => "EOF",
        nameof(AppState.ConnectionLost) => "CON_LOST",
        _ => throw new AssertionException($"An unknown state: {state}"),
    };
}

/// <summary>What a scripted application throws.</summary>
internal sealed class ApplicationFailure() : Exception("The application throws.");

/// <summary>What the scripted transport is lost with.</summary>
internal sealed class ConnectionReset() : IOException("Connection reset by peer.");
