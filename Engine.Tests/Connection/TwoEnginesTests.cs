using System.Security.Authentication;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>Two real engines: every scenario on TLS 1.2 and 1.3, and the same whatever the chunks in which bytes arrive.</summary>
[TestFixture]
internal sealed class TwoEnginesTests
{
    private const string Settings = nameof(TwoEngines.Settings);

    [Test]
    public void What_is_said_is_echoed_and_both_ends_end_clean(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting, [Values(null, 1, 100)] int? bufferSize)
    {
        var pair = TwoEngines.Connected(setting, bufferSize);
        pair.Server.Application.OnData = Echo(pair.Server.Application);

        pair.Client.Transport.Write("echo me"u8);
        pair.Run();
        Assert.That(pair.Client.Application.Received, Is.EqualTo("echo me"u8.ToArray()));
        pair.Client.Transport.Close();
        pair.Run();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(pair.Server.Events[^2..], Is.EqualTo((string[])["eof", "lost: none"]));
        Assert.That(pair.Client.Connection.Session!.Protocol, Is.EqualTo(setting.Version));
    }

    [Test]
    public void Data_in_flight_arrives_in_full_before_the_end(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting, [Values] bool fromServer)
    {
        var pair = TwoEngines.Connected(setting);
        var (from, to) = fromServer ? (pair.Server, pair.Client) : (pair.Client, pair.Server);
        var sent = Toy.Bytes(TwoEngines.PayloadSize(setting.ChunkSize));

        from.Transport.Write(sent);
        from.Transport.Close();
        pair.Run();

        Assert.That(to.Application.Received.AsSpan().SequenceEqual(sent), Is.True);
        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    [Test]
    public void Both_ends_may_close_at_once([ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);
        pair.Client.Transport.Write("crossing"u8);

        pair.Client.Transport.Close();
        pair.Server.Transport.Close();
        pair.Run();

        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(pair.Server.Application.Received, Is.Empty);
    }

    [Test]
    public void An_abort_is_a_truncation_to_the_peer([ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);

        pair.Client.Transport.Abort();
        pair.Run();

        pair.AssertBothEnded(CloseReason.LocalAbort, CloseReason.Truncated);
        Assert.That(pair.Client.Events[^1], Is.EqualTo("lost: none"));
        Assert.That(pair.Server.Application.LostWith, Is.TypeOf<TlsException>());
        Assert.That(pair.Server.Events, Has.No.Member("eof"));
    }

    [Test]
    public void An_untrusted_certificate_fails_both_ends_and_the_alert_says_why(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = new TwoEngines(setting, server: TwoEngines.ServerOptions(setting.Version, TestCertificates.Untrusted));

        pair.Connect();

        pair.AssertBothEnded(CloseReason.Failed, CloseReason.Failed);
        Assert.That(pair.Client.Connection.Failure, Is.InstanceOf<TlsCertificateException>());
        AssertFault(pair.Server, TlsFault.PeerAlert, TlsAlert.UnknownCa);
        Assert.That(pair.Client.Events.Concat(pair.Server.Events), Is.Empty);
    }

    [Test]
    public void A_judge_of_certificates_may_abort_the_connection_that_it_judges_for([Values] bool accepts)
    {
        TwoEngines? pair = null;
        var client = new TlsClientOptions
        {
            Verification = CertificateVerification.Custom(_ =>
            {
                pair!.Client.Transport.Abort();
                return accepts ? null : TlsAlert.BadCertificate;
            }),
        };
        pair = new TwoEngines(new TwoEngines.Setting(SslProtocols.Tls13, int.MaxValue), client);

        pair.Connect();

        pair.AssertBothEnded(CloseReason.LocalAbort, CloseReason.TransportLost);
        Assert.That(pair.Client.Connection.Handshake.IsFaulted, Is.True);
        Assert.That(pair.Client.Events, Is.Empty);
    }

    [Test]
    public void A_bad_record_fails_both_ends_after_the_good_ones_before_it(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);
        byte[] bad = [23, 3, 3, 0, 32, .. new byte[32]];

        pair.Client.Transport.Write("good"u8);
        pair.Client.Pipe.Write(bad);
        pair.Run();

        Assert.That(pair.Server.Application.Received, Is.EqualTo("good"u8.ToArray()));
        pair.AssertBothEnded(CloseReason.Failed, CloseReason.Failed);
        AssertFault(pair.Server, TlsFault.PeerMisbehaved, TlsAlert.BadRecordMac);
        AssertFault(pair.Client, TlsFault.PeerAlert, TlsAlert.BadRecordMac);
    }

    [Test]
    public void A_stream_that_ends_anywhere_in_the_handshake_ends_both(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, [Values] bool fromServer)
    {
        var setting = new TwoEngines.Setting(version, int.MaxValue);
        var whole = TwoEngines.Connected(setting);
        var length = (fromServer ? whole.Server : whole.Client).Pipe.Delivered;

        for (long cut = 0; cut < length; cut += cut < 6 || cut > length - 6 ? 1 : 37)
        {
            var pair = new TwoEngines(setting);
            var (cutEnd, otherEnd) = fromServer ? (pair.Server, pair.Client) : (pair.Client, pair.Server);
            cutEnd.Pipe.CutAfter = cut;

            pair.Connect();
            if (cut == 0)
                cutEnd.Pipe.Close();
            pair.Loop.Advance(TimeSpan.FromSeconds(200));
            pair.Run();

            // Signatures differ in length by some bytes: this handshake was shorter than the measured one.
            if (cutEnd.Pipe.Delivered < cut && cut > length - 16)
                break;

            Assert.That(otherEnd.Connection.CloseReason, Is.Not.EqualTo(CloseReason.None), $"cut after {cut} of {length}");
            Assert.That(cutEnd.Connection.CloseReason, Is.Not.EqualTo(CloseReason.None), $"cut after {cut} of {length}");
            Assert.That(otherEnd.Events, Has.No.Member("eof"), $"cut after {cut} of {length}");
            Assert.That(
                otherEnd.Connection.Handshake.IsFaulted || otherEnd.Events is ["made", ..], Is.True, $"cut after {cut} of {length}");
            Assert.That(pair.Loop.ArmedTimers, Is.Zero, $"cut after {cut} of {length}");
        }
    }

    [Test]
    public void A_peer_that_never_answers_a_close_is_cut_after_the_deadline(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = TwoEngines.Connected(setting);
        pair.Server.Pipe.IsDead = true;

        pair.Client.Transport.Close();
        pair.Run();
        pair.Loop.Advance(TimeSpan.FromSeconds(30));
        pair.Run();

        Assert.That(pair.Client.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
        Assert.That(pair.Client.Events[^1], Is.EqualTo("lost: timeout"));
    }

    [Test]
    public void A_peer_that_never_answers_a_handshake_is_cut_after_the_deadline(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var pair = new TwoEngines(setting);
        pair.Server.Pipe.IsDead = true;

        pair.Connect();
        pair.Loop.Advance(TimeSpan.FromSeconds(60));
        pair.Run();

        pair.AssertBothEnded(CloseReason.HandshakeTimeout, CloseReason.HandshakeTimeout);
        Assert.That(TraceWorld.Kind(pair.Client.Connection.Failure), Is.EqualTo("aborted"));
    }

    [Test]
    public void A_running_connection_is_upgraded_also_with_TLS_bytes_behind_the_last_plain_ones(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        var loop = new TurnByTurnLoop();
        var (client, server) = PipeTransport.CreatePair(loop, setting.ChunkSize);
        var (clientOptions, serverOptions) = (TwoEngines.ClientOptions(setting.Version), TwoEngines.ServerOptions(setting.Version));
        var secret = new RecordingApplication([]);
        var answered = new RecordingApplication([]);
        TlsConnection? upgraded = null;
        server.Protocol = new PlainProtocol(behind => upgraded = TlsConnection.Upgrade(
            server, loop, secret, BouncyCastleCore.CreateServer(serverOptions), serverOptions, behind, PlaintextInjection.TreatAsTls));
        client.Protocol = new PlainProtocol(_ => throw new AssertionException("The server says nothing before TLS."));

        client.Write("STARTTLS\n"u8);
        var connection = TlsConnection.Upgrade(client, loop, answered, BouncyCastleCore.CreateClient(clientOptions), clientOptions);
        loop.Run(2_000_000);
        secret.OnData = transport => transport.Write("welcome"u8);
        connection.Transport.Write("secret"u8);
        loop.Run(2_000_000);

        Assert.That(connection.Failure ?? upgraded?.Failure, Is.Null);
        Assert.That((secret.Received, answered.Received), Is.EqualTo(("secret"u8.ToArray(), "welcome"u8.ToArray())));
        connection.Transport.Close();
        loop.Run(2_000_000);
        Assert.That((connection.CloseReason, upgraded!.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public void Slow_readers_on_both_ends_are_served_within_the_water_marks(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        const int Size = 8 * 1024 * 1024;
        const int Piece = 32 * 1024;
        const int Mark = 64 * 1024;
        var pair = TwoEngines.Connected(new TwoEngines.Setting(version, 16384));
        var sent = Toy.Bytes(Size);
        var senders = new[] { pair.Client, pair.Server }.Select(end => new SlowTalker(end, sent, Piece, Mark)).ToList();

        senders.ForEach(sender => sender.Start());
        for (var turns = 0; senders.Exists(sender => !sender.HasAll) && turns < 100_000; turns++)
        {
            pair.Run();
            senders.ForEach(sender => sender.ReadOn());
        }

        Assert.That(pair.Client.Application.Received.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(pair.Server.Application.Received.AsSpan().SequenceEqual(sent), Is.True);
        foreach (var sender in senders)
        {
            // One arrival, one write with its record headers: that is how far a buffer may go over its mark.
            Assert.That(sender.MostUnread, Is.InRange(Mark / 2, Mark + 16384));
            Assert.That(sender.MostUnsent, Is.InRange(Mark / 2, Mark + Piece + 1024));
            Assert.That(sender.MostInPipe, Is.InRange(PipeTransport.HighMark / 2, PipeTransport.HighMark + Mark + Piece + 1024));
        }

        pair.Client.Transport.Close();
        pair.Server.Transport.ResumeReading();
        pair.Run();
        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
    }

    private static void AssertFault(TwoEngines.End end, TlsFault fault, TlsAlert alert)
    {
        var failure = end.Connection.Failure as TlsException;
        Assert.That((failure?.Fault, failure?.Alert), Is.EqualTo(((TlsFault?)fault, (TlsAlert?)alert)), () => $"{end.Connection.Failure}");
    }

    internal static Action<TlsTransport> Echo(RecordingApplication application)
    {
        var echoed = 0;
        return transport =>
        {
            var received = application.Received;
            transport.Write(received.AsSpan(echoed));
            echoed = received.Length;
        };
    }

    /// <summary>Waits for a line, then hands over with what stands behind it.</summary>
    private sealed class PlainProtocol(Action<byte[]> handOver) : IProtocol
    {
        private readonly List<byte> _line = [];

        public void ConnectionMade(ITransport transport) { }

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            _line.AddRange(data);
            if (_line.IndexOf((byte)'\n') is >= 0 and var end)
                handOver([.. _line[(end + 1)..]]);
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception) { }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }

    /// <summary>Sends while it may, and stops reading after each delivery.</summary>
    private sealed class SlowTalker
    {
        private readonly TwoEngines.End _end;
        private readonly byte[] _bytes;
        private readonly int _piece;
        private int _sent;
        private int _received;
        private bool _isPaused;

        public SlowTalker(TwoEngines.End end, byte[] bytes, int piece, int mark)
        {
            (_end, _bytes, _piece) = (end, bytes, piece);
            end.Transport.SetReadBufferLimits(high: mark);
            end.Transport.SetWriteBufferLimits(high: mark);
            end.Application.OnPauseWriting = _ => _isPaused = true;
            end.Application.OnResumeWriting = _ =>
            {
                _isPaused = false;
                Start();
            };
            end.Application.OnData = transport =>
            {
                _received = end.Application.ReceivedCount;
                transport.PauseReading();
            };
        }

        public bool HasAll => _received == _bytes.Length;

        public int MostUnread { get; private set; }

        public int MostUnsent { get; private set; }

        public int MostInPipe => _end.Pipe.MostWaiting;

        public void Start()
        {
            while (!_isPaused && _sent < _bytes.Length)
            {
                var piece = _bytes.AsSpan(_sent, Math.Min(_piece, _bytes.Length - _sent));
                _sent += piece.Length;
                _end.Transport.Write(piece);
                MostUnsent = Math.Max(MostUnsent, _end.Transport.WriteBufferSize);
            }
        }

        public void ReadOn()
        {
            MostUnread = Math.Max(MostUnread, _end.Transport.ReadBufferSize);
            _end.Transport.ResumeReading();
        }
    }
}
