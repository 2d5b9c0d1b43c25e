using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>One direction over loopback TCP.</summary>
internal sealed class UploadTask : ITask
{
    private readonly ILink _link;
    private readonly byte[] _message;

    public UploadTask(Func<Task<ILink>> open, int size)
    {
        _link = open().GetAwaiter().GetResult();
        _message = RandomNumberGenerator.GetBytes(size);
    }

    public void Check()
    {
        var received = new byte[_message.Length];
        for (var i = 0; i < 3; i++)
        {
            Array.Clear(received);
            _link.EchoAsync(_message, received).GetAwaiter().GetResult();
            WrongResultException.ThrowUnless(received.AsSpan().SequenceEqual(_message), "Something else came back than was sent.");
        }
    }

    public void Run(int operations) => _link.UploadAsync(_message, operations).GetAwaiter().GetResult();

    public void Dispose() => _link.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
