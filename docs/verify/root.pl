#!/usr/bin/perl
# Computes the root over every entry of a log (RFC 6962) and compares it with the checkpoint's.
# perl docs/verify/root.pl DIRECTORY
use strict;
use warnings;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);

my $directory = shift // die "which directory?\n";

sub contents {
    my ($path) = @_;
    open(my $file, '<:raw', "$directory/$path") or return undef;
    local $/;
    return scalar <$file>;
}

my $note = contents('checkpoint') // die "there is no checkpoint\n";
my (undef, $size, $root) = split /\n/, $note;

my (@complete, $count);    # roots of complete subtrees: [height, hash], the largest first
$count = 0;
while ($count < $size) {
    my $number = sprintf('%03d', $count / 256);
    1 while $number =~ s{^(\d+)(\d{3})}{$1/$2};
    $number = join('/', map { sprintf('%03d', $_) } split m{/}, $number);
    $number =~ s{(\d{3})/}{x$1/}g;
    my $width = $size - $count < 256 ? $size - $count : 256;
    my $partial = $width < 256 ? contents("tile/entries/$number.p/$width") : undef;
    my $bundle = $partial // contents("tile/entries/$number")
        // die "the bundle of entry ", $count + 1, " is missing\n";
    for (1 .. $width) {
        die "the bundle of entry ", $count + 1, " is cut\n" if length($bundle) < 2;
        my $length = unpack('n', substr($bundle, 0, 2, ''));
        die "the bundle of entry ", $count + 1, " is cut\n" if length($bundle) < $length;
        my $node = [0, sha256("\x00" . substr($bundle, 0, $length, ''))];
        while (@complete && $complete[-1][0] == $node->[0]) {
            my $left = pop @complete;
            $node = [$node->[0] + 1, sha256("\x01" . $left->[1] . $node->[1])];
        }
        push @complete, $node;
        $count++;
    }
    die "something stands behind entry $count\n" if defined $partial && length $bundle;
}

my $hash = @complete ? (pop @complete)->[1] : sha256('');
$hash = sha256("\x01" . (pop @complete)->[1] . $hash) while @complete;
my $found = encode_base64($hash, '');
die "REFUSED: the $count entries give the root $found, and $root was signed\n" if $found ne $root;
print "the $count entries give the root that was signed: $root\n";
