using System.Net.Sockets;
using System.Text;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;

namespace TlsFsm.Soak.Hosts;

/// <summary>A conversation that becomes TLS in the middle, as STARTTLS.</summary>
internal sealed class UpgradeHost(Party party) : AcceptingHost(party)
{
    private static readonly byte[] Question = Encoding.ASCII.GetBytes(ConnectionPlan.UpgradeQuestion);
    private static readonly byte[] Answer = Encoding.ASCII.GetBytes(ConnectionPlan.UpgradeAnswer);

    protected override async Task TalkAsync(Run run, Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            await socket.SendAsync(Question, cancellationToken);
            var answer = new byte[Answer.Length];
            for (var got = 0; got < answer.Length;)
                got += await socket.ReceiveAsync(answer.AsMemory(got), cancellationToken) is > 0 and var count
                    ? count
                    : throw new IOException("The server ended in the clear.");
            if (!answer.AsSpan().SequenceEqual(Answer))
                throw new IOException("The server said something else in the clear.");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        await base.TalkAsync(run, socket, cancellationToken);
    }

    protected override async Task ServeAsync(Run run, Socket socket)
    {
        var loop = new SerialEventLoop();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SocketTransport.Start(socket, new PlainServer(run, loop, Party.Server(run.Plan.IsHasty), done), loop);
        await done.Task;
    }

    /// <summary>The server in the clear; behind the switch the application is one of callbacks.</summary>
    private sealed class PlainServer(Run run, SerialEventLoop loop, TlsServerOptions options, TaskCompletionSource done) : IProtocol
    {
        private ISwitchableTransport _transport = null!;
        private int _asked;
        private bool _isWrong;
        private IDisposable? _patience;

        public void ConnectionMade(ITransport transport)
        {
            _transport = (ISwitchableTransport)transport;

            // Who waits in vain in the clear has an application's patience.
            _patience = loop.CallLater(options.HandshakeTimeout, _ => _transport.Abort(), null);
        }

        public void DataReceived(ReadOnlySpan<byte> data)
        {
            _isWrong |= _asked + data.Length > Question.Length || !data.SequenceEqual(Question.AsSpan(_asked, data.Length));
            _asked += data.Length;
            if (_isWrong)
            {
                _transport.Abort();
            }
            else if (_asked == Question.Length)
            {
                _patience!.Dispose();
                _transport.Write(Answer);
                var application = new Upgraded(new CallbackTalk(_ => (run.Plan, run.Server)), done);
                var connection = TlsConnection.Upgrade(_transport, loop, application, BouncyCastleCore.CreateServer(options), options);
                run.Server.Started(connection);
                connection.Handshake.ContinueWith(
                    handshake => { if (handshake.Exception is not null) done.TrySetResult(); }, TaskScheduler.Default);
            }
        }

        public bool EofReceived() => false;

        public void ConnectionLost(Exception? exception)
        {
            _patience?.Dispose();
            done.TrySetResult();
        }

        public void PauseWriting() { }

        public void ResumeWriting() { }
    }

    /// <summary>Says when it is over. A handshake that fails is told to its awaiter alone.</summary>
    private sealed class Upgraded(IProtocol application, TaskCompletionSource done) : IProtocol
    {
        public void ConnectionMade(ITransport transport) => application.ConnectionMade(transport);

        public void DataReceived(ReadOnlySpan<byte> data) => application.DataReceived(data);

        public bool EofReceived() => application.EofReceived();

        public void ConnectionLost(Exception? exception)
        {
            application.ConnectionLost(exception);
            done.TrySetResult();
        }

        public void PauseWriting() => application.PauseWriting();

        public void ResumeWriting() => application.ResumeWriting();
    }
}
