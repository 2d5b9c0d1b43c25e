using TlsFsm.Tests.Learning.Peers;
using TlsFsm.Tests.Strictness;

namespace TlsFsm.Tests.Learning;

/// <summary>What may happen to a connection: messages of the peer, calls of the application, time, the transport.</summary>
internal static class Alphabet
{
    private static readonly Symbol Data = new("Data", life => life.Receive(life.Peer.ApplicationData()));

    private static readonly Symbol ChangeCipherSpec = new("ChangeCipherSpec", life => life.Receive(life.Peer.ChangeCipherSpec()));

    private static readonly Symbol NoCertificate = new("Certificate (none)", life => life.Receive(life.Peer.NoCertificate()));

    /// <summary>The end of the peer's direction, and an application that closes then.</summary>
    private static readonly Symbol CloseNotify = new("close_notify", life => life.ReceiveCloseNotify(isKeptOpen: false));

    /// <summary>The same, and an application that keeps its own direction open.</summary>
    private static readonly Symbol CloseNotifyKeptOpen =
        new("close_notify (kept open)", life => life.ReceiveCloseNotify(isKeptOpen: true));

    private static readonly Symbol EndOfStream = new("end of stream", life => life.ReceiveEndOfStream());

    private static readonly Symbol Write = new("write", life => life.Write());

    private static readonly Symbol HalfClose = new("half-close", life => life.HalfClose());

    private static readonly Symbol Close = new("close", life => life.Connection.Transport.Close());

    private static readonly Symbol[] Pauses =
    [
        new("pause", life => life.Connection.Transport.PauseReading()),
        new("resume", life => life.Connection.Transport.ResumeReading()),
    ];

    private static readonly Symbol[] Faults =
    [
        new("fatal alert", life => life.Receive(life.Peer.FatalAlert())),
        new("garbage", life => life.Receive(Peer.Garbage())),
    ];

    private static readonly Symbol Abort = new("abort", life => life.Connection.Transport.Abort());

    /// <summary>Whatever lives can be lost.</summary>
    public static readonly Symbol Loss = new("transport lost", life => life.Lose());

    private static readonly Symbol[] Circumstances =
    [
        new("deadline", life => life.Elapse()),
        Loss,
    ];

    /// <summary>
    /// What can be asked at any time, and is known for good. Without it nobody could tell, after the end, whether there had been a
    /// connection.
    /// </summary>
    public static readonly Symbol Question = new("session? closing?", life => life.Ask());

    /// <summary>
    /// Where the reader pauses, what waits for it would be there twice, and again, with two kinds of applications, and with our direction
    /// closed: that belongs to the whole lives.
    /// </summary>
    private static readonly Symbol[] Paused = [Data, CloseNotifyKeptOpen, EndOfStream, .. Pauses, Write, Close, .. Circumstances, Question];

    public static Symbol[] Of(Subject subject) =>
        subject.IsPaused
            ? Paused
            : [.. Handshake(subject), Data, .. KeyUpdate(subject), CloseNotify, CloseNotifyKeptOpen, EndOfStream, .. Faults, Write,
                HalfClose, Close, Abort, .. Circumstances, Question];

    /// <summary>The messages of a handshake that goes well, in order.</summary>
    public static Symbol[] Handshake(Subject subject) => (subject.IsServer, subject.IsTls13) switch
    {
        (true, true) => [ClientHello, ChangeCipherSpec, .. ClientCertificate(subject), .. ClientVerify(subject), Finished],
        (true, false) =>
            [ClientHello, .. ClientCertificate(subject), ClientKeyExchange, .. ClientVerify(subject), ChangeCipherSpec, Finished],
        (false, true) =>
            [ServerHello, ChangeCipherSpec, EncryptedExtensions, .. Request(subject), Certificate, CertificateVerify, Finished],
        (false, false) =>
            [HelloRequest, ServerHello, Certificate, ServerKeyExchange, .. Request(subject), ServerHelloDone, ChangeCipherSpec, Finished],
    };

    private static Symbol ClientHello => Message(nameof(Messages.ClientHello), Messages.ClientHello);

    private static Symbol ServerHello => Message(nameof(Messages.ServerHello), Messages.ServerHello);

    private static Symbol HelloRequest => Message(nameof(Messages.HelloRequest), Messages.HelloRequest);

    private static Symbol EncryptedExtensions => Message(nameof(Messages.EncryptedExtensions), Messages.EncryptedExtensions);

    private static Symbol Certificate => Message(nameof(Messages.Certificate), Messages.Certificate);

    private static Symbol CertificateVerify => Message(nameof(Messages.CertificateVerify), Messages.CertificateVerify);

    private static Symbol ServerKeyExchange => Message(nameof(Messages.ServerKeyExchange), Messages.ServerKeyExchange);

    private static Symbol ServerHelloDone => Message(nameof(Messages.ServerHelloDone), Messages.ServerHelloDone);

    private static Symbol ClientKeyExchange => Message(nameof(Messages.ClientKeyExchange), Messages.ClientKeyExchange);

    private static Symbol Finished => Message(nameof(Messages.Finished), Messages.Finished);

    private static Symbol[] KeyUpdate(Subject subject) =>
        subject.IsTls13 ? [Message(nameof(Messages.KeyUpdate), Messages.KeyUpdate)] : [];

    private static Symbol[] Request(Subject subject) =>
        subject.HasClientCertificate ? [Message(nameof(Messages.CertificateRequest), Messages.CertificateRequest)] : [];

    private static Symbol[] ClientCertificate(Subject subject) =>
        subject.HasClientCertificate ? [Certificate, NoCertificate] : [NoCertificate];

    private static Symbol[] ClientVerify(Subject subject) => subject.HasClientCertificate ? [CertificateVerify] : [];

    private static Symbol Message(string name, byte type) => new(name, life => life.Receive(life.Peer.Handshake(type)));
}
